//! A repeated request gets its first answer, and a key is nobody else's business.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Reply, Running, Tenant};

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Reply {
    client.send(client.request(Method::POST, path).header("Idempotency-Key", key).json(body)).await
}

#[tokio::test]
async fn the_same_key_and_request_get_the_same_answer() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/projects", tenant.organization);
    let body = json!({"slug": "twice", "display_name": "Twice"});
    let first = post(&tenant.admin, &path, "key", &body).await;
    let head = *running.log().head().borrow();
    let second = post(&tenant.admin, &path, "key", &body).await;
    assert_eq!((first.header("idempotency-replayed"), second.header("idempotency-replayed")), ("", "true"));
    for header in ["etag", "x-log-position", "location"] {
        assert_eq!(first.header(header), second.header(header), "{header}");
    }
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(*running.log().head().borrow(), head, "nothing was written again");
}

#[tokio::test]
async fn the_same_key_with_another_request_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/projects", tenant.organization);
    post(&tenant.admin, &path, "key", &json!({"slug": "one", "display_name": "One"})).await.expect(201);
    let other = json!({"slug": "two", "display_name": "Two"});
    post(&tenant.admin, &path, "key", &other).await.refused(409, "idempotency_key_reused");
    // White space and the order of keys do not make another request.
    let spelled = "{ \"display_name\": \"One\", \"slug\": \"one\" }";
    let request = tenant.admin.request(Method::POST, &path).header("Idempotency-Key", "key");
    let request = request.header("Content-Type", "application/json").body(spelled);
    tenant.admin.send(request).await.expect(201);
}

#[tokio::test]
async fn the_same_key_of_another_tenant_does_not_matter() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    let body = json!({"slug": "same", "display_name": "Same"});
    let project = |tenant: &Tenant| format!("/api/v1/orgs/{}/projects", tenant.organization);
    let one = post(&acme.admin, &project(&acme), "key", &body).await.expect(201);
    let two = post(&evil.admin, &project(&evil), "key", &body).await.expect(201);
    assert_ne!(one["id"], two["id"]);
    // Nor does one's own key on another route.
    let account = json!({"name": "other", "role": "project_viewer"});
    post(&acme.admin, &format!("/api/v1/projects/{}/service-accounts", acme.project), "key", &account)
        .await
        .expect(201);
}

#[tokio::test]
async fn a_refusal_is_repeated_even_when_it_would_not_be_made_again() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/projects", tenant.organization);
    let body = json!({"slug": "research", "display_name": "Research"});
    post(&tenant.admin, &path, "key", &body).await.refused(409, "name_taken");
    let rename = json!({"slug": "renamed"});
    tenant.admin.patch(&format!("/api/v1/projects/{}", tenant.project), rename).await.expect(200);
    post(&tenant.admin, &path, "key", &body).await.refused(409, "name_taken");
    post(&tenant.admin, &path, "another key", &body).await.expect(201);
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_answered_and_repeated() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}", tenant.organization);
    let patch = || {
        let request = tenant.admin.request(Method::PATCH, &path).header("Idempotency-Key", "key");
        tenant.admin.send(request.json(&json!({"slug": "acme"})))
    };
    let (first, second) = (patch().await, patch().await);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(first.expect(200), second.expect(200));
}

#[tokio::test]
async fn a_secret_is_told_once() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = tenant.fill("/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets");
    post(&tenant.admin, &path, "key", &json!({})).await.expect(201);
    post(&tenant.admin, &path, "key", &json!({})).await.refused(409, "secret_already_delivered");
    post(&tenant.admin, "/api/v1/users/me/tokens", "key", &json!({"name": "a"})).await.expect(201);
    let again = post(&tenant.admin, "/api/v1/users/me/tokens", "key", &json!({"name": "a"})).await;
    again.refused(409, "secret_already_delivered");
}

#[tokio::test]
async fn a_revoked_token_does_not_get_an_old_answer() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/projects", tenant.organization);
    let body = json!({"slug": "twice", "display_name": "Twice"});
    post(&tenant.admin, &path, "key", &body).await.expect(201);
    running
        .admin()
        .patch(&format!("/api/v1/users/{}", tenant.admin_user), json!({"status": "disabled"}))
        .await
        .expect(200);
    post(&tenant.admin, &path, "key", &body).await.refused(401, "token_revoked");
}

#[tokio::test]
async fn a_dry_run_decides_and_changes_nothing() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let head = *running.log().head().borrow();
    let path = format!("/api/v1/orgs/{}/projects?dry_run=true", tenant.organization);
    let new = json!({"slug": "tried", "display_name": "Tried"});
    let tried = post(&tenant.admin, &path, "key", &new).await.expect(200);
    assert_eq!(tried["events"][0]["payload"]["slug"], "tried");
    let bad = json!({"slug": "Not A Slug", "display_name": "Tried"});
    let tried = post(&tenant.admin, &path, "key", &bad).await.expect(200);
    assert_eq!(tried["failed_checks"][0]["code"], "invalid_field");
    let secret = tenant.admin.post("/api/v1/users/me/tokens?dry_run=true", json!({"name": "tried"})).await.expect(200);
    assert_eq!((&secret["bearer"], &secret["would_succeed"]), (&Value::Null, &json!(true)));
    assert_eq!(*running.log().head().borrow(), head);
}
