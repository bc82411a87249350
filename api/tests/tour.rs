//! Every operation reaches a good answer at least once; each is checked against the document.

use std::collections::BTreeSet;

use serde_json::json;

use crate::harness::{Operation, Running, Tenant, WITH_A_NODE, operations, person};
use crate::{audit, catalog, evidence, exports, gateway, log_keys, money, receipts, webhooks};

#[tokio::test]
async fn every_operation_succeeds_once() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let operator = running.admin();
    let (another, _, another_token) = person(&operator, "another").await;
    let mut reached = BTreeSet::new();
    let mut at = |method: &str, template: &str| {
        reached.insert(Operation { method: method.into(), template: template.into() });
        tenant.fill(template)
    };
    // Made by Tenant::create, each with 201.
    for template in [
        "/api/v1/orgs",
        "/api/v1/orgs/{org_id}/members",
        "/api/v1/orgs/{org_id}/projects",
        "/api/v1/projects/{project_id}/members",
        "/api/v1/projects/{project_id}/service-accounts",
        "/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets",
        "/api/v1/users",
        "/api/v1/users/{user_id}/tokens",
    ] {
        at("POST", template);
    }
    let (admin, me) = (&tenant.admin, "/api/v1/users/me");
    admin.see(&operator);
    for template in [
        "/api/v1/orgs",
        "/api/v1/orgs/{org_id}",
        "/api/v1/orgs/{org_id}/members",
        "/api/v1/orgs/{org_id}/members/{member_id}",
        "/api/v1/orgs/{org_id}/projects",
        "/api/v1/projects/{project_id}",
        "/api/v1/projects/{project_id}/members",
        "/api/v1/projects/{project_id}/members/{member_id}",
        "/api/v1/projects/{project_id}/service-accounts",
        "/api/v1/projects/{project_id}/service-accounts/{service_account_id}",
        "/api/v1/users/me",
        "/api/v1/users/me/tokens",
    ] {
        admin.get(&at("GET", template)).await.expect(200);
    }
    for template in ["/api/v1/users", "/api/v1/users/{user_id}", "/api/v1/users/{user_id}/tokens"] {
        operator.get(&at("GET", template)).await.expect(200);
    }
    // The streams are followed in `events`.
    at("GET", "/api/v1/orgs/{org_id}/events");
    at("GET", "/api/v1/projects/{project_id}/events");

    admin.patch(&at("PATCH", "/api/v1/orgs/{org_id}"), json!({"display_name": "Acme"})).await.expect(200);
    admin.patch(&at("PATCH", "/api/v1/projects/{project_id}"), json!({"slug": "lab"})).await.expect(200);
    admin.patch(&at("PATCH", me), json!({"display_name": "Ada"})).await.expect(200);
    let role = json!({"role": "project_viewer"});
    let account = "/api/v1/projects/{project_id}/service-accounts/{service_account_id}";
    admin.patch(&at("PATCH", account), role.clone()).await.expect(200);
    admin.patch(&at("PATCH", "/api/v1/projects/{project_id}/members/{member_id}"), role).await.expect(200);
    let roles = json!({"platform_roles": ["platform_auditor"]});
    operator.patch(&at("PATCH", "/api/v1/users/{user_id}"), roles).await.expect(200);

    let token = admin.post(&at("POST", "/api/v1/users/me/tokens"), json!({"name": "mine"})).await.expect(201);
    let token = token["token"]["id"].as_str().unwrap();
    at("DELETE", "/api/v1/users/me/tokens/{token_id}");
    admin.delete(&format!("{me}/tokens/{token}")).await.expect(200);
    at("DELETE", "/api/v1/users/{user_id}/tokens/{token_id}");
    operator.delete(&format!("/api/v1/users/{another}/tokens/{another_token}")).await.expect(200);
    at("POST", "/api/v1/auth/token");
    tenant.service_account(&running).await.get(&format!("/api/v1/orgs/{}", tenant.organization)).await.expect(200);

    admin.delete(&at("DELETE", &format!("{account}/secrets/{{secret_id}}"))).await.expect(200);
    admin.delete(&at("DELETE", account)).await.expect(200);
    admin.get(&tenant.fill(account)).await.refused(404, "not_found");
    admin.delete(&at("DELETE", "/api/v1/projects/{project_id}/members/{member_id}")).await.expect(200);
    admin.delete(&at("DELETE", "/api/v1/projects/{project_id}")).await.expect(200);
    let role = json!({"role": "org_auditor"});
    let member = at("PATCH", "/api/v1/orgs/{org_id}/members/{member_id}");
    operator.patch(&member, role).await.expect(200);
    operator.delete(&at("DELETE", "/api/v1/orgs/{org_id}/members/{member_id}")).await.expect(200);
    operator.get(&member).await.refused(404, "not_found");
    at("POST", "/api/v1/users/{user_id}/erase");
    operator.act(&format!("/api/v1/users/{another}/erase")).await.expect(200);
    let rotate = at("POST", "/api/v1/admin/token/rotate");
    operator.send(operator.mutation(reqwest::Method::POST, &rotate)).await.expect(201);
    // Each in a test of its own, which says so if one is missing.
    for (method, template) in [
        audit::REACHED,
        catalog::REACHED,
        evidence::REACHED,
        exports::REACHED,
        gateway::REACHED,
        log_keys::REACHED,
        money::REACHED,
        receipts::REACHED,
        webhooks::REACHED,
        &WITH_A_NODE,
    ]
    .concat()
    {
        at(method, template);
    }
    assert_eq!(reached, operations());
}

#[tokio::test]
async fn a_list_is_paged_and_filtered() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/projects", tenant.organization);
    for number in 0..5 {
        let project = json!({"slug": format!("p{number}"), "display_name": "P"});
        tenant.admin.post(&path, project).await.expect(201);
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let query = cursor.map_or(String::new(), |cursor: String| format!("&cursor={cursor}"));
        let page = tenant.admin.get(&format!("{path}?limit=2{query}")).await.expect(200);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(seen, ["p0", "p1", "p2", "p3", "p4", "research"]);
    let found = tenant.admin.get(&format!("{path}?slug=p3&status=active")).await.expect(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    // A cursor belongs to its own list.
    let page = tenant.admin.get(&format!("{path}?limit=2")).await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    tenant.admin.get(&format!("{path}?status=active&cursor={cursor}")).await.refused(400, "invalid_cursor");
}
