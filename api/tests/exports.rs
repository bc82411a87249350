//! Exports over the API: what was just done is in them, and they verify without the server.

use std::io::Cursor;
use std::time::Duration;

use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::verify::{Options, Report, Whose, verify};
use serde_json::json;

use crate::harness::{Client, Running, Tenant, person};

/// What these tests reach.
pub(crate) const REACHED: &[(&str, &str)] =
    &[("GET", "/api/v1/log/export"), ("GET", "/api/v1/orgs/{org_id}/log/export")];
const WHOLE: &str = "/api/v1/log/export";

async fn exported(client: &Client, path: &str) -> Report {
    let reply = client.request(reqwest::Method::GET, path).send().await.unwrap();
    assert_eq!((reply.status().as_u16(), reply.headers()["content-type"].to_str().unwrap()), (200, MEDIA_TYPE));
    assert!(reply.headers()["content-disposition"].to_str().unwrap().ends_with(".gpulog\""));
    let bytes = reply.bytes().await.unwrap();
    verify(&mut Cursor::new(bytes), &Options::default(), &mut |_| {}).unwrap()
}

const MEDIA_TYPE: &str = gpuaas_api::log_export::MEDIA_TYPE;

/// A checkpoint every hour, so that those that come are asked for.
async fn rarely_signed() -> Running {
    Running::with(|config| config.checkpoint_every = Duration::from_secs(3_600)).await
}

#[tokio::test]
async fn an_export_covers_what_was_just_done_and_verifies_offline() {
    let running = rarely_signed().await;
    let tenant = Tenant::create(&running, "acme").await;
    for round in 0..2 {
        let change = json!({"display_name": format!("Acme {round}")});
        tenant.admin.patch(&format!("/api/v1/orgs/{}", tenant.organization), change).await.expect(200);
        let head = *running.log().head().borrow();
        let whole = exported(&running.admin(), WHOLE).await;
        assert!(whole.size > head, "{} covers {head}", whole.size);
        assert_eq!((whole.log_id, whole.entries), (running.log().log_id(), whole.size));
    }
    let own = exported(&tenant.admin, &tenant.fill("/api/v1/orgs/{org_id}/log/export")).await;
    let organization: OrganizationId = tenant.organization.parse().unwrap();
    assert_eq!(own.whose, Whose::Owner { owner: organization.uuid(), absent: vec![] });
    assert_eq!(own.entries, running.log().owner_sequence(organization.uuid()).await.unwrap());
    // Reading is how the harness says that they were reached.
    running.admin().get(WHOLE).await.expect(200);
    tenant.admin.get(&tenant.fill("/api/v1/orgs/{org_id}/log/export")).await.expect(200);
    crate::harness::all_reached(REACHED);
}

#[tokio::test]
async fn the_log_is_for_auditors_and_admins() {
    let running = rarely_signed().await;
    let tenant = Tenant::create(&running, "acme").await;
    let own = tenant.fill("/api/v1/orgs/{org_id}/log/export");
    tenant.admin.get(WHOLE).await.refused(403, "forbidden");
    let (user, token, _) = person(&running.admin(), "eve").await;
    let eve = running.client(&token);
    let members = tenant.fill("/api/v1/orgs/{org_id}/members");
    for (role, may) in [("org_member", false), ("org_finance", false), ("org_auditor", true)] {
        let member = json!({"user_id": user, "role": role});
        let added = tenant.admin.post(&members, member).await.expect(201);
        eve.see(&tenant.admin);
        assert_eq!(eve.get(&own).await.status.is_success(), may, "{role}");
        eve.get(WHOLE).await.refused(403, "forbidden");
        tenant.admin.delete(&format!("{members}/{}", added["id"].as_str().unwrap())).await.expect(200);
    }
    let operator = running.admin();
    for (role, may) in [("platform_ops_write", false), ("platform_auditor", true)] {
        let roles = json!({"platform_roles": [role]});
        operator.patch(&format!("/api/v1/users/{user}"), roles).await.expect(200);
        eve.see(&operator);
        assert_eq!(eve.get(WHOLE).await.status.is_success(), may, "{role}");
    }
    eve.get(&own).await.expect(200);
}

#[tokio::test]
async fn without_a_checkpointer_an_export_is_refused_and_may_be_asked_for_again() {
    let running = Running::with(|config| {
        config.roles.remove(&gpuaas_api::server::Role::Checkpointer);
    })
    .await;
    let refused = running.admin().get(WHOLE).await;
    refused.refused(503, "checkpoint_behind");
    assert!(refused.headers.contains_key("retry-after"));
}
