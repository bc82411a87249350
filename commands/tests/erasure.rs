use gpuaas_commands::handlers::membership::GrantMembership;
use gpuaas_commands::handlers::token::IssuePersonalToken;
use gpuaas_commands::handlers::user::{
    CreateUser, DisableUser, EnableUser, EraseUser, SetPlatformRoles, UpdateProfile,
};
use gpuaas_domain::Code;
use gpuaas_domain::id::{TypedId as _, UserId};
use gpuaas_domain::membership::{Grant, OrganizationRole};
use gpuaas_domain::user::{PlatformRole, User};
use uuid::Uuid;

use crate::platform::{Platform, with_key};

fn again(name: &str) -> CreateUser {
    CreateUser { display_name: name.into(), email: format!("{name}@example.com"), platform_roles: Default::default() }
}

#[tokio::test]
async fn an_erased_person_is_nobody_and_the_address_is_free() {
    let platform = Platform::start().await;
    let (ada, request) = platform.person("ada").await;
    let admin = &platform.admin;
    assert_eq!(platform.engine.execute(admin, &again("ada")).await.unwrap_err().code, Code::NameTaken);
    let before = platform.head();
    let answer = platform.engine.execute(admin, &EraseUser { id: ada }).await.unwrap();
    assert_eq!(answer.state, User::Erased);
    assert_eq!(platform.events_after(before).await, ["user.erased"]);

    let rename = UpdateProfile { id: ada, display_name: Some("Ada".into()), email: None };
    assert_eq!(platform.engine.execute(&request, &rename).await.unwrap_err().code, Code::TokenRevoked);
    let issue = IssuePersonalToken { user: ada, name: "more".into(), organization: None, seconds: 3600 };
    assert_eq!(platform.engine.execute(admin, &issue).await.unwrap_err().code, Code::NotFound);
    let organization = platform.organization("acme").await;
    let grant = Grant::Organization { role: OrganizationRole::Admin };
    let grant = GrantMembership { organization, user: ada, grant };
    assert_eq!(platform.engine.execute(admin, &grant).await.unwrap_err().code, Code::UserErased);
    let roles = SetPlatformRoles { id: ada, platform_roles: [PlatformRole::Admin].into() };
    assert_eq!(platform.engine.execute(admin, &roles).await.unwrap_err().code, Code::UserErased);
    assert_eq!(platform.engine.execute(admin, &EnableUser { id: ada }).await.unwrap_err().code, Code::UserErased);
    assert_eq!(platform.engine.execute(admin, &DisableUser { id: ada }).await.unwrap_err().code, Code::UserErased);

    let another = platform.engine.execute(admin, &again("ada")).await.unwrap();
    assert_ne!(another.id, ada);
}

#[tokio::test]
async fn a_disabled_person_can_be_erased() {
    let platform = Platform::start().await;
    let (ada, _) = platform.person("ada").await;
    platform.engine.execute(&platform.admin, &DisableUser { id: ada }).await.unwrap();
    platform.engine.execute(&platform.admin, &EraseUser { id: ada }).await.unwrap();
    platform.engine.execute(&platform.admin, &again("ada")).await.unwrap();
}

#[tokio::test]
async fn an_erasure_of_nobody_of_oneself_or_again_is_refused_and_changes_nothing() {
    let platform = Platform::start().await;
    let (ada, request) = platform.person("ada").await;
    platform.engine.execute(&platform.admin, &EraseUser { id: ada }).await.unwrap();
    let before = platform.head();
    let nobody = UserId::from_uuid(Uuid::from_u128(1));
    let admin = platform.admin_user;
    for (id, code) in [(nobody, Code::NotFound), (admin, Code::CannotEraseOneself), (ada, Code::UserErased)] {
        assert_eq!(platform.engine.execute(&platform.admin, &EraseUser { id }).await.unwrap_err().code, code);
    }
    // Nor does one who was erased erase anybody.
    let refusal = platform.engine.execute(&request, &EraseUser { id: admin }).await.unwrap_err();
    assert_eq!(refusal.code, Code::TokenRevoked);
    assert_eq!(platform.head(), before);
}

#[tokio::test]
async fn the_same_erasure_with_its_key_is_answered_again() {
    let platform = Platform::start().await;
    let (ada, _) = platform.person("ada").await;
    let request = with_key(&platform.admin, "k-1", "{}");
    let first = platform.engine.execute(&request, &EraseUser { id: ada }).await.unwrap();
    let second = platform.engine.execute(&request, &EraseUser { id: ada }).await.unwrap();
    assert_eq!((second.version, second.repeated, second.state), (first.version, true, User::Erased));
}

#[tokio::test]
async fn a_refusal_does_not_repeat_an_address() {
    let platform = Platform::start().await;
    platform.person("ada").await;
    let refusal = platform.engine.execute(&platform.admin, &again("ada")).await.unwrap_err();
    assert_eq!((refusal.code, &*refusal.fields[0].field), (Code::NameTaken, "email"));
    // It is kept for its idempotency key, where an erasure does not reach.
    assert!(!format!("{refusal:?}").contains("ada@"), "{refusal:?}");
}
