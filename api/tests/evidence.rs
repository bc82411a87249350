//! A bundle of evidence from its opening to its closing, through the API.

use std::time::Duration;

use gpuaas_log::checkpoint::VerifierKey;
use gpuaas_log::evidence::EvidenceFile;
use serde_json::{Value, json};

use crate::harness::{Running, all_reached, person};
use crate::receipts::bytes;

/// What these tests reach.
pub(crate) const REACHED: &[(&str, &str)] = &[
    ("GET", "/api/v1/evidence-bundles"),
    ("POST", "/api/v1/evidence-bundles"),
    ("GET", "/api/v1/evidence-bundles/{evidence_bundle_id}"),
    ("GET", "/api/v1/evidence-bundles/{evidence_bundle_id}/file"),
    ("POST", "/api/v1/evidence-bundles/{evidence_bundle_id}/items"),
    ("POST", "/api/v1/evidence-bundles/{evidence_bundle_id}/invariants"),
    ("POST", "/api/v1/evidence-bundles/{evidence_bundle_id}/close"),
];

/// A bundle that is about a product.
pub(crate) fn bundle(product: &str) -> Value {
    json!({
        "source_commit": "abc123", "environment_profile": "dev", "product_scope": product,
        "change_summary": "Gateway billing and access", "owner": "token-factory", "retention_class": "release"
    })
}

/// A proof that names entries.
pub(crate) fn item(entries: &[u64]) -> Value {
    json!({
        "evidence_type": "uat.summary", "producer": "token-factory-uat", "result": "pass", "owner": "token-factory",
        "retention_class": "release", "details": {"flow_id": "TOKEN-FACTORY-LAUNCH-001"}, "entries": entries
    })
}

#[tokio::test]
async fn a_bundle_is_filled_covered_and_closed() {
    let running = Running::start().await;
    let operator = running.admin();
    let opened = operator.post("/api/v1/evidence-bundles", bundle("token_factory")).await.expect(201);
    let path = format!("/api/v1/evidence-bundles/{}", opened["id"].as_str().unwrap());
    let head = *running.log().head().borrow();
    operator.post(&format!("{path}/items"), item(&[head + 1_000])).await.refused(422, "invalid_field");
    let filled = operator.post(&format!("{path}/items"), item(&[1, head])).await.expect(200);
    let recorded = &filled["items"][0];
    assert_eq!((&recorded["result"], &recorded["entries"]), (&json!("pass"), &json!([1, head])));
    assert_eq!(recorded["details"]["flow_id"], "TOKEN-FACTORY-LAUNCH-001");
    let covered = json!({"invariant": "TF-BILLING-001", "result": "pass", "items": [recorded["id"]]});
    let shown = operator.post(&format!("{path}/invariants"), covered.clone()).await.expect(200);
    assert_eq!(shown["invariants"], json!([covered]));
    let foreign = json!({"invariant": "A", "result": "pass", "items": ["evi_01h2e8kqvbfwea724h75qc655w"]});
    operator.post(&format!("{path}/invariants"), foreign).await.refused(422, "invalid_field");
    assert_eq!(operator.act(&format!("{path}/close")).await.expect(200)["status"], "closed");
    operator.post(&format!("{path}/items"), item(&[])).await.refused(409, "evidence_bundle_closed");
    assert_eq!(operator.get(&path).await.expect(200)["status"], "closed");
    let listed = operator.get("/api/v1/evidence-bundles?product_scope=token_factory&status=closed").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    operator.get(&format!("{path}/file")).await.expect(200);
    all_reached(REACHED);
}

/// Positions of what happened to bundles.
async fn own(running: &Running) -> Vec<u64> {
    let entries = running.log().read(0, 10_000).await.unwrap();
    let own = entries.iter().filter(|stored| stored.entry().unwrap().stream.kind == "evidence_bundle");
    own.map(|stored| stored.position).collect()
}

#[tokio::test]
async fn a_closed_bundle_is_sent_as_a_file_with_all_its_receipts() {
    // Checkpoints come when they are asked for.
    let running = Running::with(|config| config.checkpoint_every = Duration::from_secs(3_600)).await;
    let operator = running.admin();
    let opened = operator.post("/api/v1/evidence-bundles", bundle("token_factory")).await.expect(201);
    let path = format!("/api/v1/evidence-bundles/{}", opened["id"].as_str().unwrap());
    let first = own(&running).await[0];
    // One of them is the bundle's own, and one is named twice.
    for entries in [&[1, 2, first][..], &[2, 3]] {
        operator.post(&format!("{path}/items"), item(entries)).await.expect(200);
    }
    operator.get(&format!("{path}/file")).await.refused(409, "evidence_bundle_open");
    operator.act(&format!("{path}/close")).await.expect(200);
    let sent = bytes(&operator, &format!("{path}/file"), gpuaas_api::evidence_file::MEDIA_TYPE).await;
    let file = EvidenceFile::parse(&sent).unwrap();
    assert_eq!((file.bundle(), file.check()), (opened["id"].as_str().unwrap(), Ok(())));
    let log = operator.get("/api/v1/log").await.expect(200);
    let key: VerifierKey = log["keys"][0].as_str().unwrap().parse().unwrap();
    assert!(file.checkpoint().is_signed_by(&key));
    let mut expected = vec![1, 2, 3];
    expected.extend(own(&running).await);
    assert_eq!(expected.len(), 7, "opened, two items, closed: {expected:?}");
    let positions: Vec<u64> = file.entries().iter().map(|proved| proved.receipt.position()).collect();
    assert_eq!(positions, expected);
    for proved in file.entries() {
        let stored = running.log().entry(proved.receipt.position()).await.unwrap().unwrap();
        assert_eq!(proved.entry, stored.bytes.to_vec());
    }
    operator.get("/api/v1/evidence-bundles/evb_01h2e8kqvbfwea724h75qc655w/file").await.refused(404, "not_found");
}

#[tokio::test]
async fn a_file_of_evidence_is_for_those_who_may_read_entries() {
    let running = Running::start().await;
    let operator = running.admin();
    let opened = operator.post("/api/v1/evidence-bundles", bundle("token_factory")).await.expect(201);
    let path = format!("/api/v1/evidence-bundles/{}", opened["id"].as_str().unwrap());
    operator.act(&format!("{path}/close")).await.expect(200);
    let (user, token, _) = person(&operator, "reader").await;
    let reader = running.client(&token);
    for (role, status) in [("platform_ops_write", 403), ("platform_auditor", 200)] {
        let roles = json!({"platform_roles": [role]});
        operator.patch(&format!("/api/v1/users/{user}"), roles).await.expect(200);
        reader.see(&operator);
        reader.get(&path).await.expect(200);
        assert_eq!(reader.get(&format!("{path}/file")).await.status.as_u16(), status, "{role}");
    }
}

#[tokio::test]
async fn an_auditor_reads_evidence_and_adds_none() {
    let running = Running::start().await;
    let (user, token, _) = person(&running.admin(), "auditor").await;
    let roles = json!({"platform_roles": ["platform_auditor"]});
    running.admin().patch(&format!("/api/v1/users/{user}"), roles).await.expect(200);
    let auditor = running.client(&token);
    assert_eq!(auditor.get("/api/v1/evidence-bundles").await.expect(200)["items"], json!([]));
    auditor.post("/api/v1/evidence-bundles", bundle("token_factory")).await.refused(403, "forbidden");
}
