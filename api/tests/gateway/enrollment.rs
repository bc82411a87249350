//! Enrollment, renewal, and the way back.

use gpuaas_api::keystore::now;
use gpuaas_commands::Effects as _;
use gpuaas_domain::Timestamp;
use gpuaas_domain::fixed::{Digest, Fingerprint};
use gpuaas_domain::node_protocol::enrollment::RecoverRequest;
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::token::EnrollmentToken;
use serde_json::json;

use super::node::{Gateway, Key, Node, enrollment};
use super::records::{IssueExpired, execute};
use super::{enrolled, issued, registered, shown};
use crate::harness::Running;

#[tokio::test]
async fn a_node_enrolls_with_its_token_and_may_ask_again_with_the_same_key() {
    let running = Running::start().await;
    let (id, token) = registered(&running, "one").await;
    assert_eq!(shown(&running, &id).await["status"], "registered");
    let key = Key::new();
    let first = Node::enroll(&running, &token, key.copy()).await.unwrap();
    // The answer may have been lost.
    let again = Node::enroll(&running, &token, key).await.unwrap();
    assert_eq!((first.id, first.id.to_string()), (again.id, id.clone()));
    for node in [&first, &again] {
        node.beat().await.expect(200);
    }
    let node = shown(&running, &id).await;
    assert_eq!((&node["status"], &node["agent"]["boot_id"]), (&json!("online"), &json!("boot")));
    assert_eq!(node["identity"]["public_key"], first.key.public().to_string());
    assert_eq!(node["identity"]["certificates"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_token_carries_the_fingerprint_of_the_ca_that_the_gateway_shows() {
    let running = Running::start().await;
    let (_, token) = registered(&running, "one").await;
    let token: EnrollmentToken = token.parse().unwrap();
    assert_eq!(token.ca_fingerprint, running.app().gateway.authority.fingerprint());
    running.stop().await;
}

#[tokio::test]
async fn a_used_revoked_expired_or_foreign_enrollment_token_is_refused() {
    let running = Running::start().await;
    let (id, token) = registered(&running, "one").await;
    let refused = async |token: &str| Node::enroll(&running, token, Key::new()).await.err().unwrap();

    Node::enroll(&running, &token, Key::new()).await.unwrap();
    refused(&token).await.refused(401, "enrollment_token_used");

    let second = issued(&running, &id).await;
    let mut wrong: EnrollmentToken = second.parse().unwrap();
    let enrollment = wrong.enrollment;
    wrong.secret = [1; 32];
    refused(&wrong.reveal()).await.refused(401, "enrollment_token_unknown");
    let path = format!("/api/v1/nodes/{id}/enrollment-tokens/{enrollment}");
    assert_eq!(running.admin().delete(&path).await.expect(200)["status"], "revoked");
    refused(&second).await.refused(401, "enrollment_token_used");

    let (node, secret) = (id.parse().unwrap(), [5; 32]);
    let digest = running.app().world.secret_digest(&Digest(secret).to_string());
    let enrollment = execute(running.app(), &IssueExpired { node, digest }).await;
    let expired = EnrollmentToken { enrollment, secret, ca_fingerprint: Fingerprint([0; 32]) };
    refused(&expired.reveal()).await.refused(401, "enrollment_token_expired");

    let elsewhere = Running::start().await;
    let (_, foreign) = registered(&elsewhere, "one").await;
    refused(&foreign).await.refused(401, "enrollment_token_unknown");
}

#[tokio::test]
async fn a_request_that_its_key_did_not_sign_gets_no_certificate() {
    let running = Running::start().await;
    let (_, token) = registered(&running, "one").await;
    let (one, other) = (Key::new().csr(), Key::new().csr());
    // The name and key of one, the signature of the other.
    let middle = one.lines().count() / 2;
    let mixed: Vec<&str> = one.lines().take(middle).chain(other.lines().skip(middle)).collect();
    let gateway = Gateway::of(&running, None);
    for csr in [mixed.join("\n"), String::new(), "-----BEGIN CERTIFICATE REQUEST-----".to_owned()] {
        let reply = gateway.post(path::ENROLL, enrollment(&token, &csr)).await;
        reply.refused(422, "certificate_request_invalid");
    }
    // The token was not used up by that.
    Node::enroll(&running, &token, Key::new()).await.unwrap();
}

#[tokio::test]
async fn an_enrollment_token_is_told_once() {
    let running = Running::start().await;
    let (id, _) = registered(&running, "one").await;
    let admin = running.admin();
    let path = format!("/api/v1/nodes/{id}/enrollment-tokens");
    let request = || admin.request(reqwest::Method::POST, &path).header("Idempotency-Key", "once").json(&json!({}));
    let issued = admin.send(request()).await.expect(201);
    assert!(issued["token"].as_str().unwrap().starts_with("enr_"));
    admin.send(request()).await.refused(409, "secret_already_delivered");
    let tried = admin.post(&format!("{path}?dry_run=true"), json!({})).await.expect(200);
    assert!(tried["token"].is_null() && tried["events"][0]["event"] == "enrollment.issued");
}

#[tokio::test]
async fn a_certificate_is_renewed_for_the_connections_own_key_alone() {
    let running = Running::start().await;
    let node = enrolled(&running, "one").await;
    let renewed = node.gateway.post(path::RENEW, json!({"csr": node.key.csr()})).await.expect(200);
    let renewed = Node::certified(&running, node.key.copy(), &renewed);
    renewed.beat().await.expect(200);
    assert_ne!(renewed.pem, node.pem);
    node.beat().await.expect(200);
    let foreign = node.gateway.post(path::RENEW, json!({"csr": Key::new().csr()})).await;
    foreign.refused(422, "certificate_request_invalid");
}

#[tokio::test]
async fn a_node_whose_certificate_has_expired_comes_back_with_its_keys_signature() {
    let running = Running::start().await;
    let node = enrolled(&running, "one").await;
    let gateway = Gateway::of(&running, None);
    let recover = async |signer: &Key, certified: &Key, at: Timestamp| {
        let csr = certified.csr();
        let signature = signer.sign(&RecoverRequest::signed_bytes(node.id, at, &csr));
        gateway.post(path::RECOVER, json!({"node": node.id, "at": at, "csr": csr, "signature": signature})).await
    };
    let answer = recover(&node.key, &node.key, now()).await.expect(200);
    Node::certified(&running, node.key.copy(), &answer).beat().await.expect(200);

    let stranger = Key::new();
    recover(&stranger, &node.key, now()).await.refused(401, "node_signature_invalid");
    recover(&node.key, &stranger, now()).await.refused(401, "node_signature_invalid");
    recover(&stranger, &stranger, now()).await.refused(401, "node_certificate_unknown");
    let long_ago = Timestamp(now().0 - 301 * 1_000_000);
    recover(&node.key, &node.key, long_ago).await.refused(401, "node_signature_invalid");

    running.admin().post(&format!("/api/v1/nodes/{}/ban", node.id), json!(null)).await;
    recover(&node.key, &node.key, now()).await.refused(403, "node_banned");
}
