use gpuaas_commands::handlers::membership::{GrantMembership, RemoveMembership};
use gpuaas_commands::handlers::organization::UpdateOrganization;
use gpuaas_commands::handlers::project::{CreateProject, UpdateProject};
use gpuaas_commands::handlers::token::RevokeToken;
use gpuaas_commands::handlers::user::{DisableUser, SetPlatformRoles};
use gpuaas_commands::{Actor, membership_id};
use gpuaas_domain::Code;
use gpuaas_domain::id::OrganizationId;
use gpuaas_domain::membership::{Grant, OrganizationRole, ProjectRole};

use crate::platform::Platform;

fn rename(id: OrganizationId) -> UpdateOrganization {
    UpdateOrganization { id, slug: None, display_name: Some("Renamed".into()) }
}

#[tokio::test]
async fn another_tenant_s_resources_are_not_there() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let (_, outsider) = platform.person("eve").await;
    let refusal = platform.engine.execute(&outsider, &rename(acme)).await.unwrap_err();
    assert_eq!(refusal.code, Code::NotFound);
}

#[tokio::test]
async fn a_member_learns_which_role_would_do_and_the_denial_is_recorded_once_a_minute() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let (ada, request) = platform.person("ada").await;
    let grant = Grant::Organization { role: OrganizationRole::Member };
    platform.engine.execute(&platform.admin, &GrantMembership { organization: acme, user: ada, grant }).await.unwrap();
    let before = platform.head();
    for _ in 0..3 {
        let refusal = platform.engine.execute(&request, &rename(acme)).await.unwrap_err();
        assert_eq!(refusal.code, Code::Forbidden);
        assert!(refusal.message.contains("org_admin"), "{}", refusal.message);
    }
    assert_eq!(platform.events_after(before).await, ["access.denied"]);
    let stored = platform.engine.log().entry(before + 1).await.unwrap().unwrap();
    assert_eq!(stored.entry().unwrap().owner, Some(gpuaas_domain::id::TypedId::uuid(acme)));
    platform.engine.flush_denials([9; 16], true).await.unwrap();
    assert_eq!(platform.events_after(before).await, ["access.denied", "access.denials_counted"]);
}

#[tokio::test]
async fn a_project_role_counts_only_beside_a_membership_in_the_organization() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let project = platform.project(acme, "research").await;
    let (ada, request) = platform.person("ada").await;
    let in_project =
        GrantMembership { organization: acme, user: ada, grant: Grant::Project { project, role: ProjectRole::Admin } };
    let refusal = platform.engine.execute(&platform.admin, &in_project).await.unwrap_err();
    assert_eq!(refusal.code, Code::NotAMember);

    let member = Grant::Organization { role: OrganizationRole::Member };
    let in_organization = GrantMembership { organization: acme, user: ada, grant: member };
    platform.engine.execute(&platform.admin, &in_organization).await.unwrap();
    platform.engine.execute(&platform.admin, &in_project).await.unwrap();
    let update = UpdateProject { id: project, slug: None, display_name: Some("Lab".into()) };
    platform.engine.execute(&request, &update).await.unwrap();

    let remove = RemoveMembership { organization: acme, id: membership_id(acme, ada, None) };
    platform.engine.execute(&platform.admin, &remove).await.unwrap();
    assert_eq!(platform.engine.execute(&request, &update).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn an_accepted_command_names_the_rules_that_allowed_it() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let answer = platform.engine.execute(&platform.admin, &rename(acme)).await.unwrap();
    let stored = platform.engine.log().entry(*answer.positions.unwrap().start()).await.unwrap().unwrap();
    let entry = stored.entry().unwrap();
    let decision = entry.decision.as_ref().unwrap();
    assert_eq!(decision.rules[..], ["org-admin", "platform-admin"]);
    assert_eq!(decision.rule_set, platform.engine.rules().digest());
    let guarded: Vec<&str> = entry.guards.iter().map(|guard| guard.stream.kind).collect();
    assert_eq!(guarded, ["membership", "token", "user"]);
}

#[tokio::test]
async fn a_revoked_token_a_disabled_user_and_a_lost_role_cannot_act() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let (ada, request) = platform.person("ada").await;
    let grant = Grant::Organization { role: OrganizationRole::Admin };
    platform.engine.execute(&platform.admin, &GrantMembership { organization: acme, user: ada, grant }).await.unwrap();
    platform.engine.execute(&request, &rename(acme)).await.unwrap();

    let Actor::Principal(principal) = request.actor else { panic!("a person acts") };
    platform.engine.execute(&request, &RevokeToken { user: ada, id: principal.token }).await.unwrap();
    assert_eq!(platform.engine.execute(&request, &rename(acme)).await.unwrap_err().code, Code::TokenRevoked);

    let second = platform.token_of(ada, None).await;
    platform.engine.execute(&platform.admin, &DisableUser { id: ada }).await.unwrap();
    assert_eq!(platform.engine.execute(&second, &rename(acme)).await.unwrap_err().code, Code::TokenRevoked);
}

#[tokio::test]
async fn a_token_limited_to_one_organization_reaches_no_other_and_no_platform_right() {
    let platform = Platform::start().await;
    let (acme, birch) = (platform.organization("acme").await, platform.organization("birch").await);
    let limited = platform.token_of(platform.admin_user, Some(acme)).await;
    platform.engine.execute(&limited, &rename(acme)).await.unwrap();
    assert_eq!(platform.engine.execute(&limited, &rename(birch)).await.unwrap_err().code, Code::NotFound);
    let roles = SetPlatformRoles { id: platform.admin_user, platform_roles: Default::default() };
    assert_eq!(platform.engine.execute(&limited, &roles).await.unwrap_err().code, Code::Forbidden);
}

#[tokio::test]
async fn a_dry_run_decides_and_appends_nothing() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let before = platform.head();
    let dry = gpuaas_commands::Context { dry_run: true, ..platform.admin.clone() };
    let create = CreateProject { organization: acme, slug: "research".into(), display_name: "Research".into() };
    let answer = platform.engine.execute(&dry, &create).await.unwrap();
    assert_eq!((answer.positions, platform.head()), (None, before));
    let trial = answer.trial.unwrap();
    assert!(trial.failed.is_empty());
    assert_eq!(trial.append.unwrap().streams[0].events[0].event, "project.created");

    platform.engine.execute(&platform.admin, &create).await.unwrap();
    let trial = platform.engine.execute(&dry, &create).await.unwrap().trial.unwrap();
    assert_eq!(trial.failed.iter().map(|refusal| refusal.code).collect::<Vec<_>>(), [Code::NameTaken]);
    // What is denied is told, and not recorded.
    let (ada, outsider) = platform.person("ada").await;
    let grant = Grant::Organization { role: OrganizationRole::Member };
    platform.engine.execute(&platform.admin, &GrantMembership { organization: acme, user: ada, grant }).await.unwrap();
    let after = platform.head();
    let dry = gpuaas_commands::Context { dry_run: true, ..outsider };
    assert_eq!(platform.engine.execute(&dry, &create).await.unwrap_err().code, Code::Forbidden);
    assert_eq!(platform.head(), after);
}
