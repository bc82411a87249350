use gpuaas_commands::Past;
use gpuaas_commands::handlers::organization::UpdateOrganization;
use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::organization::Organization;
use gpuaas_log::append::StreamId;

use crate::platform::Platform;

#[tokio::test]
async fn a_resource_is_what_its_stream_says_up_to_a_position() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let before = platform.head();
    let rename = UpdateOrganization { id: acme, slug: None, display_name: Some("Renamed".into()) };
    platform.engine.execute(&platform.admin, &rename).await.unwrap();
    let name = |past: Past<Organization>| match past {
        Past::There { version, state: Organization::Active { display_name, .. }, .. } => Some((version, display_name)),
        Past::There { state: Organization::Absent, .. } | Past::Later { .. } | Past::Never => None,
    };
    let (was, is) =
        (platform.engine.past(acme, before).await.unwrap(), platform.engine.past(acme, u64::MAX).await.unwrap());
    assert_eq!(name(is), Some((2, "Renamed".to_owned())));
    assert!(matches!(name(was), Some((1, old)) if old != "Renamed"));
    let stream = StreamId::new("organization", acme.uuid());
    let first = platform.engine.log().read_stream(&stream, 0, 1).await.unwrap()[0].position;
    let Past::Later { position, first: begun } = platform.engine.past::<Organization>(acme, first - 1).await.unwrap()
    else {
        panic!("it was there before its first entry")
    };
    assert_eq!(position, first);
    assert!(matches!(begun, Organization::Active { display_name, .. } if display_name != "Renamed"));
    assert!(matches!(platform.engine.past::<Organization>(acme, first).await.unwrap(), Past::There { version: 1, .. }));
    let nobody = OrganizationId::from_uuid(uuid::Uuid::from_u128(77));
    assert_eq!(platform.engine.past::<Organization>(nobody, first).await.unwrap(), Past::Never);
}
