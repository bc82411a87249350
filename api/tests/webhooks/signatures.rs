//! Signatures, checked by the library of Standard Webhooks.

use serde_json::json;

use super::receiver::Receiver;
use super::world::{create, create_with, project, webhooks, world};

#[tokio::test]
async fn the_library_of_standard_webhooks_accepts_what_is_sent_and_nothing_altered() {
    let mut receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[20]).await;
    let (path, secret) = create(&tenant, &receiver.url()).await;
    project(&tenant, "one").await;
    let mut got = receiver.next().await;
    assert!(secret.starts_with("whsec_") && got.verifies(&secret));
    got.body = got.body.replace("\"one\"", "\"two\"");
    assert!(!got.verifies(&secret));
    assert!(!got.verifies("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    // The secret is told once, and is in no answer and no entry.
    let shown = tenant.admin.get(&path).await.expect(200);
    let told = secret.strip_prefix("whsec_").unwrap();
    assert!(!shown.to_string().contains(told));
    let bytes = data_encoding::BASE64.decode(told.as_bytes()).unwrap();
    for stored in running.log().read(0, 1_000).await.unwrap() {
        let payload = stored.payload().unwrap().unwrap_or_default();
        assert!(!payload.windows(bytes.len()).any(|window| window == bytes), "position {}", stored.position);
    }
    assert_eq!(shown["keys"][0]["public_key"], json!(null));
    let key = format!("{:032x}", rand::random::<u128>());
    let ask = || {
        let request = tenant.admin.request(reqwest::Method::POST, &webhooks(&tenant)).header("Idempotency-Key", &key);
        request.json(&json!({"url": receiver.url()}))
    };
    tenant.admin.send(ask()).await.expect(201);
    tenant.admin.send(ask()).await.refused(409, "secret_already_delivered");
}

#[tokio::test]
async fn both_keys_sign_while_a_rotation_runs() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[20]).await;
    let (path, old) = create(&tenant, &receiver.url()).await;
    let rotate = async |body| {
        let rotated = tenant.admin.post(&format!("{path}/rotate-key"), body).await.expect(200);
        rotated["secret"].as_str().unwrap_or_default().to_owned()
    };
    let new = rotate(json!({"overlap_seconds": 3_600})).await;
    project(&tenant, "both").await;
    let got = receiver.until("project.created").await;
    assert_ne!(old, new);
    assert!(got.verifies(&old) && got.verifies(&new), "{:?}", got.headers);
    // A key that is replaced without an overlap ends at once, and so does the one before.
    let newest = rotate(json!({"overlap_seconds": 0})).await;
    project(&tenant, "one").await;
    let got = receiver.until("project.created").await;
    assert!(got.verifies(&newest) && !got.verifies(&new) && !got.verifies(&old), "{:?}", got.headers);
    let too_long = tenant.admin.post(&format!("{path}/rotate-key"), json!({"overlap_seconds": 2_592_001})).await;
    too_long.refused(422, "invalid_field");
    // A webhook may go over to a key whose public half is no secret.
    assert_eq!(rotate(json!({"algorithm": "ed25519"})).await, "");
    let shown = tenant.admin.get(&path).await.expect(200);
    assert!(shown["keys"][0]["public_key"].as_str().unwrap().starts_with("whpk_"), "{shown}");
}

#[tokio::test]
async fn a_repeated_request_for_a_key_that_is_no_secret_is_answered_again() {
    let receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[]).await;
    let twice = async |path: &str, body: serde_json::Value| {
        let key = format!("{:032x}", rand::random::<u128>());
        let ask = || tenant.admin.request(reqwest::Method::POST, path).header("Idempotency-Key", &key).json(&body);
        let (first, second) = (tenant.admin.send(ask()).await, tenant.admin.send(ask()).await);
        assert_eq!(second.header("idempotency-replayed"), "true", "{}", second.body);
        assert_eq!(first.body["webhook"]["keys"], second.body["webhook"]["keys"]);
        first.body["webhook"]["id"].as_str().unwrap().to_owned()
    };
    let hooks = webhooks(&tenant);
    let id = twice(&hooks, json!({"url": receiver.url(), "algorithm": "ed25519"})).await;
    twice(&format!("{hooks}/{id}/rotate-key"), json!({})).await;
}

#[tokio::test]
async fn a_key_is_made_for_what_is_accepted_alone() {
    let receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[]).await;
    let keys = || std::fs::read_dir(running.directory().path().join("keys/webhook")).unwrap().count();
    let two_lines = json!({"url": receiver.url(), "description": "two\nlines"});
    let refused = tenant.admin.post(&webhooks(&tenant), two_lines).await;
    assert_eq!((refused.status.as_u16(), keys()), (422, 0), "{}", refused.body);
    let (path, _) = create(&tenant, &receiver.url()).await;
    let rotate = format!("{path}/rotate-key");
    let stale = tenant.admin.mutation(reqwest::Method::POST, &rotate).header("If-Match", "\"7\"").json(&json!({}));
    tenant.admin.send(stale).await.refused(412, "precondition_failed");
    tenant.admin.delete(&path).await.expect(200);
    tenant.admin.post(&rotate, json!({})).await.refused(404, "not_found");
    assert_eq!(keys(), 1);
}

#[tokio::test]
async fn an_organization_has_so_many_webhooks_and_no_more() {
    let receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[]).await;
    let body = json!({"url": receiver.url(), "events": ["invoice.issued"]});
    let mut last = String::new();
    for _ in 0..gpuaas_commands::handlers::webhook::MAX_WEBHOOKS {
        (last, _) = create_with(&tenant, body.clone()).await;
    }
    tenant.admin.post(&webhooks(&tenant), body.clone()).await.refused(409, "too_many_webhooks");
    // It is an organization's own bound, and one that is deleted counts no more.
    let other = crate::harness::Tenant::create(&running, "other").await;
    create_with(&other, body.clone()).await;
    tenant.admin.delete(&last).await.expect(200);
    create_with(&tenant, body).await;
}

#[tokio::test]
async fn a_dry_run_makes_no_key() {
    let receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[]).await;
    let path = format!("{}?dry_run=true", webhooks(&tenant));
    let tried = tenant.admin.post(&path, json!({"url": receiver.url()})).await.expect(200);
    assert_eq!(tried["secret"], json!(null));
    assert_eq!(std::fs::read_dir(running.directory().path().join("keys/webhook")).unwrap().count(), 0);
    create_with(&tenant, json!({"url": receiver.url(), "algorithm": "ed25519"})).await;
}
