use std::collections::BTreeSet;

use gpuaas_commands::Context;
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

#[tokio::test]
async fn a_dry_run_knows_what_another_process_wrote() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let rename = |name: &str| UpdateOrganization { id: acme, slug: None, display_name: Some(name.into()) };
    // An engine that follows nothing keeps the organization as it was.
    let other = platform.second_engine();
    other.execute(&platform.admin, &rename("One")).await.unwrap();
    platform.engine.execute(&platform.admin, &rename("Two")).await.unwrap();
    let tried = Context { dry_run: true, ..platform.admin.clone() };
    assert_eq!(other.execute(&tried, &rename("Three")).await.unwrap().version, 4);
}
