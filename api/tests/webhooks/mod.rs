//! Webhooks, with real receivers over HTTP.

mod addresses;
mod failures;
mod postgres;
mod receiver;
mod signatures;
mod world;

use serde_json::{Value, json};

use crate::harness::{Running, Tenant, all_reached};
use receiver::{Receiver, Say};
use world::{again, create, create_with, project, webhooks, world};

/// Operations that are reached here.
pub(crate) const REACHED: &[(&str, &str)] = &[
    ("GET", "/api/v1/orgs/{org_id}/webhooks"),
    ("POST", "/api/v1/orgs/{org_id}/webhooks"),
    ("GET", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}"),
    ("PATCH", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}"),
    ("DELETE", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}"),
    ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/rotate-key"),
    ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/enable"),
    ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/disable"),
    ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/replay"),
    ("GET", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/dead-letters"),
    ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/dead-letters/{owner_sequence}/redeliver"),
];

#[tokio::test]
async fn every_operation_of_webhooks_succeeds_once() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[]).await;
    let (path, _) = create(&tenant, &receiver.url()).await;
    let admin = &tenant.admin;
    receiver.say([Say::Status(500)]);
    project(&tenant, "one").await;
    let letters = format!("{path}/dead-letters");
    let listed = admin.until(&letters, |page| !page["items"].as_array().unwrap().is_empty()).await;
    let letter = &listed["items"][0];
    assert_eq!(
        (&letter["event"], &letter["failure"]),
        (&json!("project.created"), &json!("it answers 500 Internal Server Error"))
    );
    let given_up = receiver.until("project.created").await;
    admin.act(&format!("{letters}/{}/redeliver", letter["owner_sequence"])).await.expect(202);
    assert_eq!(receiver.until("project.created").await.id(), given_up.id());
    admin.until(&letters, |page| page["items"].as_array().unwrap().is_empty()).await;
    admin.act(&format!("{letters}/{}/redeliver", letter["owner_sequence"])).await.refused(404, "not_found");

    let changed =
        admin.patch(&path, json!({"description": "Ours", "filter": {"kinds": ["invoice"]}})).await.expect(200);
    assert_eq!((&changed["description"], &changed["kinds"]), (&json!("Ours"), &json!(["invoice"])));
    assert_eq!(admin.patch(&path, json!({"description": ""})).await.expect(200)["description"], Value::Null);
    let rotated = admin.post(&format!("{path}/rotate-key"), json!({})).await.expect(200);
    assert_eq!(rotated["webhook"]["keys"].as_array().unwrap().len(), 2);
    let disabled = admin.act(&format!("{path}/disable")).await.expect(200);
    assert_eq!((&disabled["status"], &disabled["disabled_reason"]), (&json!("disabled"), &json!("requested")));
    assert_eq!(admin.act(&format!("{path}/enable")).await.expect(200)["status"], "active");
    admin.post(&format!("{path}/replay"), json!({"after": 0})).await.expect(200);
    assert_eq!(admin.get(&webhooks(&tenant)).await.expect(200)["items"].as_array().unwrap().len(), 1);
    admin.get(&path).await.expect(200);
    admin.delete(&path).await.expect(200);
    admin.get(&path).await.refused(404, "not_found");
    admin.act(&format!("{path}/enable")).await.refused(404, "not_found");
    all_reached(REACHED);
}

#[tokio::test]
async fn what_happens_is_sent_in_order_as_auditors_see_it_and_nothing_of_others() {
    let mut receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[20]).await;
    create(&tenant, &receiver.url()).await;
    Tenant::create(&running, "evil").await;
    for slug in ["one", "two", "three"] {
        project(&tenant, slug).await;
    }
    let first = receiver.next().await;
    assert_eq!(first.event(), "project.created", "it begins after the event that made it");
    for (sequence, slug) in (first.sequence() + 1..).zip(["two", "three"]) {
        let got = receiver.next().await;
        let json = got.json();
        assert_eq!((json["owner_sequence"].as_u64(), &json["payload"]["slug"]), (Some(sequence), &json!(slug)));
        assert_eq!(
            (&json["organization"], &json["actor"]["id"]),
            (&json!(tenant.organization), &json!(tenant.admin_user))
        );
        assert_eq!(got.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn a_filter_leaves_out_what_it_does_not_name() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[20]).await;
    let body = json!({"url": receiver.url(), "kinds": ["service_account"], "events": ["project.updated"], "project_id": tenant.project});
    create_with(&tenant, body).await;
    project(&tenant, "other").await;
    let renamed = json!({"display_name": "Lab"});
    tenant.admin.patch(&format!("/api/v1/orgs/{}", tenant.organization), renamed.clone()).await.expect(200);
    tenant.admin.patch(&format!("/api/v1/projects/{}", tenant.project), renamed).await.expect(200);
    let account = tenant.fill("/api/v1/projects/{project_id}/service-accounts/{service_account_id}");
    tenant.admin.patch(&account, json!({"role": "project_viewer"})).await.expect(200);
    assert_eq!(receiver.next().await.event(), "project.updated");
    assert_eq!(receiver.next().await.event(), "service_account.role_changed");
    for bad in [json!({"kinds": ["unicorn"]}), json!({"events": ["project.exploded"]})] {
        let body = json!({"url": receiver.url(), "kinds": bad["kinds"].as_array().cloned().unwrap_or_default(), "events": bad["events"].as_array().cloned().unwrap_or_default()});
        tenant.admin.post(&webhooks(&tenant), body).await.refused(422, "invalid_field");
    }
    let body = json!({"url": receiver.url(), "project_id": "proj_01h2e8kqvbfwea724h75qc655w"});
    let refused = tenant.admin.post(&webhooks(&tenant), body).await;
    refused.refused(422, "invalid_field");
    assert_eq!(refused.body["error"]["fields"][0]["field"], "project_id");
}

#[tokio::test]
async fn a_replay_sends_again_under_the_same_ids_and_may_leave_out_what_is_between() {
    let mut receiver = Receiver::start().await;
    let (_running, tenant) = world(&receiver, &[20]).await;
    let (path, _) = create_with(&tenant, json!({"url": receiver.url(), "events": ["project.created"]})).await;
    project(&tenant, "one").await;
    project(&tenant, "two").await;
    let (one, two) = (receiver.next().await, receiver.next().await);
    let replay = |after: u64| json!({"after": after});
    tenant.admin.post(&format!("{path}/replay"), replay(0)).await.expect(200);
    let before_it_was_made = receiver.next().await;
    assert_eq!(before_it_was_made.json()["resource"], json!(tenant.project));
    assert_eq!([receiver.next().await.id(), receiver.next().await.id()], [one.id(), two.id()]);
    tenant.admin.act(&format!("{path}/disable")).await.expect(200);
    project(&tenant, "three").await;
    let end = tenant.admin.post(&format!("{path}/replay"), replay(1_000_000)).await;
    end.refused(422, "invalid_field");
    tenant.admin.act(&format!("{path}/enable")).await.expect(200);
    let three = receiver.next().await;
    assert_eq!(three.json()["payload"]["slug"], "three", "what happens while it is disabled is sent afterwards");
    receiver.usually(Say::Status(500));
    project(&tenant, "four").await;
    let four = receiver.next().await;
    receiver.usually(Say::Status(204));
    tenant.admin.post(&format!("{path}/replay"), replay(four.sequence())).await.expect(200);
    project(&tenant, "five").await;
    loop {
        let got = receiver.next().await;
        if got.id() != four.id() {
            assert_eq!(got.json()["payload"]["slug"], "five");
            break;
        }
    }
}

#[tokio::test]
async fn a_server_that_ends_between_delivery_and_answer_sends_again_under_the_same_id() {
    let mut receiver = Receiver::start().await;
    let (running, tenant) = world(&receiver, &[20]).await;
    let (path, secret) = create(&tenant, &receiver.url()).await;
    project(&tenant, "zero").await;
    receiver.next().await;
    receiver.say([Say::Nothing]);
    project(&tenant, "one").await;
    // It has the event, and the server does not know yet.
    let first = receiver.next().await;
    let directory = running.directory().clone();
    running.stop().await;
    let running = again(directory, &[receiver.host()]).await;
    let second = receiver.next().await;
    assert_eq!((second.id(), &second.body), (first.id(), &first.body));
    assert!(first.verifies(&secret) && second.verifies(&secret));
    let admin = running.client(&tenant_token(&running, &tenant).await);
    let done = admin.until(&path, |webhook| webhook["delivery"]["done_with"] == json!(second.sequence())).await;
    assert_eq!(done["delivery"]["failed_attempts"], 0);
}

/// A token of the tenant's admin on another start of the same platform.
async fn tenant_token(running: &Running, tenant: &Tenant) -> String {
    let path = format!("/api/v1/users/{}/tokens", tenant.admin_user);
    let issued = running.admin().post(&path, json!({"name": "again"})).await.expect(201);
    issued["bearer"].as_str().unwrap().to_owned()
}
