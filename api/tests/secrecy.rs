//! What must never be found where it does not belong.

use crate::harness::{Running, Tenant};

#[tokio::test]
async fn no_name_address_or_secret_is_in_the_databases() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let token = tenant.service_account(&running).await;
    token.get(&format!("/api/v1/projects/{}", tenant.project)).await.expect(200);
    let directory = running.directory().clone();
    running.stop().await;
    let mut searched = 0;
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() || path.ends_with("admin.token") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in ["acme@example.org", &tenant.secret, "eyJ"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in {}", path.display());
        }
        searched += bytes.len();
    }
    assert!(searched > 50_000, "only {searched} bytes were searched");
}

#[tokio::test]
async fn an_erased_person_is_shown_no_more() {
    use gpuaas_api::keystore::KeyStore;
    use gpuaas_domain::id::{TypedId as _, UserId};
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let user: UserId = tenant.admin_user.parse().unwrap();
    KeyStore::open(&running.directory().path().join("keys")).unwrap().erase(user.uuid()).unwrap();
    let shown = running.admin().get(&format!("/api/v1/users/{user}")).await.expect(200);
    assert_eq!(shown["person"], serde_json::Value::Null);
}
