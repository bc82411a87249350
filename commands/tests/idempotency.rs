use gpuaas_commands::handlers::organization::{CreateOrganization, UpdateOrganization};
use gpuaas_commands::handlers::token::IssuePersonalToken;
use gpuaas_domain::Code;

use crate::platform::{Platform, with_key};

fn create(slug: &str) -> CreateOrganization {
    CreateOrganization { slug: slug.into(), display_name: slug.into() }
}

#[tokio::test]
async fn the_same_key_and_request_get_the_first_answer() {
    let platform = Platform::start().await;
    let request = with_key(&platform.admin, "k-1", "{\"slug\":\"acme\"}");
    let first = platform.engine.execute(&request, &create("acme")).await.unwrap();
    let rename = UpdateOrganization { id: first.id, slug: None, display_name: Some("Later".into()) };
    platform.engine.execute(&platform.admin, &rename).await.unwrap();
    let before = platform.head();
    let again = platform.engine.execute(&request, &create("acme")).await.unwrap();
    assert_eq!((again.id, again.version, &again.state), (first.id, first.version, &first.state));
    assert!(again.repeated && !first.repeated);
    assert_eq!(platform.head(), before);
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let platform = Platform::start().await;
    let first = with_key(&platform.admin, "k-1", "{\"slug\":\"acme\"}");
    platform.engine.execute(&first, &create("acme")).await.unwrap();
    let other = with_key(&platform.admin, "k-1", "{\"slug\":\"birch\"}");
    let refusal = platform.engine.execute(&other, &create("birch")).await.unwrap_err();
    assert_eq!(refusal.code, Code::IdempotencyKeyReused);
}

#[tokio::test]
async fn another_person_s_key_does_not_matter() {
    let platform = Platform::start().await;
    let (_, ada) = platform.person("ada").await;
    let request = with_key(&platform.admin, "k-1", "{}");
    platform.engine.execute(&request, &create("acme")).await.unwrap();
    let refusal = platform.engine.execute(&with_key(&ada, "k-1", "{\"x\":1}"), &create("birch")).await.unwrap_err();
    assert_eq!(refusal.code, Code::Forbidden);
}

#[tokio::test]
async fn a_refusal_and_a_change_of_nothing_are_kept_for_their_key() {
    let platform = Platform::start().await;
    let acme = platform.organization("acme").await;
    let refused = with_key(&platform.admin, "k-1", "{}");
    let first = platform.engine.execute(&refused, &create("acme")).await.unwrap_err();
    assert_eq!(first.code, Code::NameTaken);
    let rename = UpdateOrganization { id: acme, slug: Some("other".into()), display_name: None };
    platform.engine.execute(&platform.admin, &rename).await.unwrap();
    assert_eq!(platform.engine.execute(&refused, &create("acme")).await.unwrap_err(), first);

    let same = UpdateOrganization { id: acme, slug: Some("other".into()), display_name: None };
    let unchanged = with_key(&platform.admin, "k-2", "{}");
    let first = platform.engine.execute(&unchanged, &same).await.unwrap();
    assert_eq!(first.positions, None);
    let again = platform.engine.execute(&unchanged, &same).await.unwrap();
    assert_eq!((again.version, again.repeated), (first.version, true));
}

#[tokio::test]
async fn an_answer_that_carried_a_secret_is_not_repeated() {
    let platform = Platform::start().await;
    let issue = IssuePersonalToken { user: platform.admin_user, name: "ci".into(), organization: None, seconds: 3600 };
    let request = with_key(&platform.admin, "k-1", "{}");
    platform.engine.execute(&request, &issue).await.unwrap();
    let refusal = platform.engine.execute(&request, &issue).await.unwrap_err();
    assert_eq!(refusal.code, Code::SecretAlreadyDelivered);
}

#[tokio::test]
async fn sixteen_at_once_with_one_key_make_one_organization() {
    let platform = Platform::start().await;
    let request = with_key(&platform.admin, "k-1", "{}");
    let attempts = (0..16).map(|_| {
        let (engine, request) = (platform.engine.clone(), request.clone());
        async move { engine.execute(&request, &create("acme")).await.unwrap().id }
    });
    let ids = futures::future::join_all(attempts).await;
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
}
