use gpuaas_commands::Context;
use gpuaas_commands::handlers::organization::{CreateOrganization, UpdateOrganization};
use gpuaas_commands::handlers::project::{ArchiveProject, CreateProject};
use gpuaas_commands::handlers::service_account::CreateServiceAccount;
use gpuaas_commands::handlers::user::{CreateUser, UpdateProfile};
use gpuaas_domain::Code;
use gpuaas_domain::membership::ProjectRole;

use crate::platform::Platform;

#[tokio::test]
async fn a_slug_is_taken_until_it_is_given_up() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let create = CreateOrganization { slug: "acme".into(), display_name: "Another".into() };
    let refusal = platform.engine.execute(&platform.admin, &create).await.unwrap_err();
    assert_eq!((refusal.code, &*refusal.fields[0].field), (Code::NameTaken, "slug"));
    let rename = UpdateOrganization { id: acme, slug: Some("birch".into()), display_name: None };
    platform.engine.execute(&platform.admin, &rename).await.unwrap();
    platform.engine.execute(&platform.admin, &create).await.unwrap();
}

#[tokio::test]
async fn two_organizations_may_have_projects_of_one_name() {
    let platform = Platform::start().await;
    let (acme, birch) = (platform.organization("acme").await, platform.organization("birch").await);
    platform.project(acme, "research").await;
    platform.project(birch, "research").await;
    let again = CreateProject { organization: acme, slug: "research".into(), display_name: "R".into() };
    assert_eq!(platform.engine.execute(&platform.admin, &again).await.unwrap_err().code, Code::NameTaken);
}

#[tokio::test]
async fn one_mailbox_is_one_person() {
    let platform = Platform::start().await;
    let (ada, request) = platform.person("ada").await;
    let twin = CreateUser {
        display_name: "Twin".into(),
        email: " ADA@example.com".into(),
        platform_roles: Default::default(),
    };
    assert_eq!(platform.engine.execute(&platform.admin, &twin).await.unwrap_err().code, Code::NameTaken);
    let moved = UpdateProfile { id: ada, display_name: None, email: Some("ada@new.example.com".into()) };
    platform.engine.execute(&request, &moved).await.unwrap();
    platform.engine.execute(&platform.admin, &twin).await.unwrap();
}

#[tokio::test]
async fn nothing_new_begins_in_an_archived_project() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let project = platform.project(acme, "research").await;
    platform.engine.execute(&platform.admin, &ArchiveProject { id: project }).await.unwrap();
    let create = CreateServiceAccount { project, name: "ci".into(), role: ProjectRole::Developer };
    assert_eq!(platform.engine.execute(&platform.admin, &create).await.unwrap_err().code, Code::ProjectArchived);
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let rename = |name: &str| UpdateOrganization { id: acme, slug: None, display_name: Some(name.into()) };
    let at = |version| Context { if_match: Some(version), ..platform.admin.clone() };
    platform.engine.execute(&at(1), &rename("Second")).await.unwrap();
    let refusal = platform.engine.execute(&at(1), &rename("Third")).await.unwrap_err();
    assert_eq!(refusal.code, Code::PreconditionFailed);
}
