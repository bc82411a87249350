use std::collections::BTreeSet;

use gpuaas_commands::handlers::organization::UpdateOrganization;
use gpuaas_commands::handlers::project::CreateProject;

use crate::platform::Platform;

#[tokio::test]
async fn sixty_four_at_once_change_one_organization_and_all_succeed() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let changes = (0..64).map(|number| {
        let (engine, request) = (platform.engine.clone(), platform.admin.clone());
        let rename = UpdateOrganization { id: acme, slug: None, display_name: Some(format!("Name {number}")) };
        async move { engine.execute(&request, &rename).await.unwrap().version }
    });
    let versions: BTreeSet<u64> = futures::future::join_all(changes).await.into_iter().collect();
    assert_eq!(versions, (2..=65).collect());
}

#[tokio::test]
async fn sixty_four_at_once_want_one_name_and_one_gets_it() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let attempts = (0..64).map(|_| {
        let (engine, request) = (platform.engine.clone(), platform.admin.clone());
        let create = CreateProject { organization: acme, slug: "research".into(), display_name: "R".into() };
        async move { engine.execute(&request, &create).await.is_ok() }
    });
    let won = futures::future::join_all(attempts).await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}
