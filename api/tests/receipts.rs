//! Receipts, entries and proofs of consistency over the API: for whom they are, that they
//! cover what was just done, and that they hold without the server.

use std::time::Duration;

use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::checkpoint::{SignedCheckpoint, VerifierKey};
use gpuaas_log::receipt::{Extension, Receipt, ReceiptFault};
use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Running, Tenant, person};

/// What these tests reach.
pub(crate) const REACHED: &[(&str, &str)] = &[
    ("GET", "/api/v1/log"),
    ("GET", "/api/v1/log/entries/{position}"),
    ("GET", "/api/v1/log/entries/{position}/receipt"),
    ("GET", "/api/v1/log/consistency"),
];

/// A checkpoint every hour, so that those that come are asked for.
async fn rarely_signed() -> Running {
    Running::with(|config| config.checkpoint_every = Duration::from_secs(3_600)).await
}

/// The bytes of a good answer.
pub(crate) async fn bytes(client: &Client, path: &str, media_type: &str) -> Vec<u8> {
    let reply = client.request(Method::GET, path).send().await.unwrap();
    let told = (reply.status().as_u16(), reply.headers()["content-type"].to_str().unwrap());
    assert_eq!(told, (200, media_type), "{path}");
    reply.bytes().await.unwrap().into()
}

fn entry_path(position: u64) -> String {
    format!("/api/v1/log/entries/{position}")
}

async fn entry(client: &Client, position: u64) -> Vec<u8> {
    bytes(client, &entry_path(position), "application/octet-stream").await
}

async fn receipt(client: &Client, position: u64) -> Receipt {
    let path = format!("{}/receipt", entry_path(position));
    Receipt::parse(&bytes(client, &path, "text/plain; charset=utf-8").await).unwrap()
}

/// The keys that the log tells of.
async fn keys(client: &Client) -> Vec<VerifierKey> {
    let log = client.get("/api/v1/log").await.expect(200);
    log["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().parse().unwrap()).collect()
}

/// Positions of entries that an organization owns, and one of the platform's.
async fn positions(running: &Running, tenant: &Tenant) -> (Vec<u64>, u64) {
    let organization: OrganizationId = tenant.organization.parse().unwrap();
    let owned = running.log().read_owner(organization.uuid(), 0, 1_000).await.unwrap();
    (owned.iter().map(|entry| entry.position).collect(), 1)
}

#[tokio::test]
async fn a_receipt_covers_what_was_just_done_and_holds_without_the_server() {
    let running = rarely_signed().await;
    let tenant = Tenant::create(&running, "acme").await;
    let operator = running.admin();
    let keys = keys(&tenant.admin).await;
    for round in 0..2 {
        let change = json!({"display_name": format!("Acme {round}")});
        tenant.admin.patch(&format!("/api/v1/orgs/{}", tenant.organization), change).await.expect(200);
        let last = *positions(&running, &tenant).await.0.last().unwrap();
        let (proved, bytes) = (receipt(&tenant.admin, last).await, entry(&tenant.admin, last).await);
        assert_eq!(proved.check(&bytes), Ok(()));
        assert_eq!(proved.checkpoint().signed_by_log(&keys).unwrap().len(), 1);
        assert_eq!(bytes, running.log().entry(last).await.unwrap().unwrap().bytes.to_vec());
        // What is covered already needs no new checkpoint.
        let published = running.log().published().await.unwrap();
        let again = receipt(&operator, 1).await;
        assert_eq!(again.checkpoint(), proved.checkpoint());
        assert_eq!(again.check(&entry(&operator, 1).await), Ok(()));
        let another = entry(&operator, 2).await;
        assert_eq!(again.check(&another), Err(ReceiptFault::Position { entry: 2, receipt: 1 }));
        assert_eq!(running.log().published().await.unwrap(), published);
    }
    // Reading is how the harness says that they were reached.
    operator.get(&entry_path(1)).await.expect(200);
    operator.get(&format!("{}/receipt", entry_path(1))).await.expect(200);
    let size = running.log().published().await.unwrap();
    operator.get(&format!("/api/v1/log/consistency?from={size}&to={size}")).await.expect(200);
    crate::harness::all_reached(REACHED);
}

#[tokio::test]
async fn a_receipt_of_another_log_proves_nothing_here() {
    let (here, elsewhere) = (rarely_signed().await, rarely_signed().await);
    let (ours, theirs) = (entry(&here.admin(), 3).await, receipt(&elsewhere.admin(), 3).await);
    assert_eq!(theirs.check(&ours), Err(ReceiptFault::NotIncluded));
    assert!(theirs.checkpoint().signed_by_log(&keys(&here.admin()).await).is_err());
}

#[tokio::test]
async fn an_entry_is_for_the_auditors_of_its_owner_and_of_the_platform() {
    let running = rarely_signed().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    let (owned, platforms) = positions(&running, &acme).await;
    let own = owned[owned.len() / 2];
    let sees = async |client: &Client, position: u64| {
        let path = entry_path(position);
        let statuses = [client.get(&path).await, client.get(&format!("{path}/receipt")).await].map(|reply| {
            if reply.status.as_u16() != 200 {
                reply.refused(404, "not_found");
            }
            reply.status.as_u16()
        });
        assert_eq!(statuses[0], statuses[1]);
        statuses[0] == 200
    };
    assert!(sees(&acme.admin, own).await);
    assert!(!sees(&acme.admin, platforms).await);
    evil.admin.see(&acme.admin);
    assert!(!sees(&evil.admin, own).await);
    let (user, token, _) = person(&running.admin(), "eve").await;
    let eve = running.client(&token);
    let members = acme.fill("/api/v1/orgs/{org_id}/members");
    for (role, may) in [("org_member", false), ("org_finance", false), ("org_auditor", true)] {
        let member = json!({"user_id": user, "role": role});
        let added = acme.admin.post(&members, member).await.expect(201);
        eve.see(&acme.admin);
        assert_eq!(sees(&eve, own).await, may, "{role}");
        assert!(!sees(&eve, platforms).await, "{role}");
        acme.admin.delete(&format!("{members}/{}", added["id"].as_str().unwrap())).await.expect(200);
    }
    let operator = running.admin();
    for (role, may) in [("platform_ops_write", false), ("platform_auditor", true)] {
        let roles = json!({"platform_roles": [role]});
        operator.patch(&format!("/api/v1/users/{user}"), roles).await.expect(200);
        eve.see(&operator);
        assert_eq!((sees(&eve, own).await, sees(&eve, platforms).await), (may, may), "{role}");
    }
    running.anonymous().get(&entry_path(own)).await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn a_position_that_is_none_has_no_receipt() {
    let running = rarely_signed().await;
    let operator = running.admin();
    let beyond = *running.log().head().borrow() + 1_000;
    for position in [0, beyond, u64::MAX] {
        let path = entry_path(position);
        operator.get(&path).await.refused(404, "not_found");
        operator.get(&format!("{path}/receipt")).await.refused(404, "not_found");
    }
    for position in ["-1", "one", "1.5", "18446744073709551616"] {
        operator.get(&format!("/api/v1/log/entries/{position}")).await.refused(400, "invalid_parameter");
        operator.get(&format!("/api/v1/log/entries/{position}/receipt")).await.refused(400, "invalid_parameter");
    }
}

#[tokio::test]
async fn without_a_checkpointer_a_receipt_is_refused_and_may_be_asked_for_again() {
    let running = Running::with(|config| {
        config.roles.remove(&gpuaas_api::server::Role::Checkpointer);
    })
    .await;
    let refused = running.admin().get("/api/v1/log/entries/1/receipt").await;
    refused.refused(503, "checkpoint_behind");
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn any_two_checkpoints_are_proved_to_be_of_one_growing_log() {
    let running = rarely_signed().await;
    let tenant = Tenant::create(&running, "acme").await;
    let operator = running.admin();
    let mut kept: Vec<SignedCheckpoint> = Vec::new();
    for round in 0..3 {
        let change = json!({"display_name": format!("Acme {round}")});
        tenant.admin.patch(&format!("/api/v1/orgs/{}", tenant.organization), change).await.expect(200);
        let last = *positions(&running, &tenant).await.0.last().unwrap();
        kept.push(receipt(&operator, last).await.checkpoint().clone());
    }
    let as_auditor = format!("&org_id={}", tenant.organization);
    for (older, newer) in [(0, 1), (0, 2), (1, 2), (2, 2)] {
        let (old, new) = (kept[older].checkpoint(), kept[newer].checkpoint());
        let path = format!("/api/v1/log/consistency?from={}&to={}", old.size, new.size);
        for (client, path) in [(&operator, path.clone()), (&tenant.admin, format!("{path}{as_auditor}"))] {
            let extension = Extension::parse(&bytes(client, &path, "text/plain; charset=utf-8").await).unwrap();
            assert_eq!(extension.checkpoint(), &kept[newer]);
            assert_eq!(extension.check(old), Ok(()));
        }
        tenant.admin.get(&path).await.refused(403, "forbidden");
    }
    let (first, last) = (kept[0].checkpoint().size, kept[2].checkpoint().size);
    let consistency = |query: String| format!("/api/v1/log/consistency?{query}");
    for (query, status, code) in [
        (format!("from={last}&to={first}"), 400, "invalid_parameter"),
        (format!("from={first}"), 400, "invalid_parameter"),
        (format!("from=x&to={last}"), 400, "invalid_parameter"),
        (format!("from=0&to={last}"), 404, "not_found"),
        (format!("from={}&to={last}", first - 1), 404, "not_found"),
        (format!("from={first}&to={}", last + 1), 404, "not_found"),
        (format!("from={first}&to={}", u64::MAX), 404, "not_found"),
    ] {
        operator.get(&consistency(query)).await.refused(status, code);
    }
    let foreign = Tenant::create(&running, "evil").await;
    let query = format!("from={first}&to={last}{as_auditor}");
    foreign.admin.get(&consistency(query)).await.refused(404, "not_found");
}

#[tokio::test]
async fn everybody_with_a_token_is_told_the_origin_and_the_keys() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let account = tenant.service_account(&running).await;
    for client in [&tenant.admin, &account, &running.admin()] {
        let log = client.get("/api/v1/log").await.expect(200);
        assert_eq!(
            (log["origin"].as_str(), log["log_id"].as_str().unwrap()),
            (Some("gpuaas.local"), running.log().log_id().to_string().as_str())
        );
        assert_eq!(keys(client).await, running.log().keys().await.unwrap());
        assert_eq!(log["publication"], json!({"open": false, "every_seconds": 3_600}));
    }
}
