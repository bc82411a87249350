//! Every route has an authorization case. A route that is missing in the table fails.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Operation, Running, Tenant, artifact, operations};

/// What an admin of another tenant is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Foreigner {
    /// That there is nothing: it is about a tenant's own.
    Unseen,
    /// That it is not allowed: it is about the platform, which everybody knows is there.
    Denied,
    /// About the foreigner's own things: there is nothing foreign in the path.
    Own,
    /// Whatever the body vouches for.
    Public,
}

use Foreigner::{Denied, Own, Public, Unseen};

const YEAR: &str = "2025-01-01T00:00:00Z";
const NEXT_YEAR: &str = "2026-01-01T00:00:00Z";

fn id(prefix: &str) -> String {
    format!("{prefix}_01h2e8kqvbfwea724h75qc655w")
}

fn named_app() -> Value {
    json!({"slug": "another", "display_name": "Another"})
}

fn sku() -> Value {
    let shape = json!({"architecture": "amd64", "cpu_cores": 1, "memory_gib": 1});
    json!({"name": "another", "display_name": "Another", "shape": shape})
}

fn allocation() -> Value {
    json!({"sku_id": id("sku"), "display_name": "Mine"})
}

fn launch() -> Value {
    let placement = json!({"target_allocation_id": id("alloc")});
    json!({"app_slug": "acme-lab", "app_version": "1", "display_name": "Mine", "placement_intent": placement})
}

fn usage_unit() -> Value {
    json!({"name": "another", "product_id": "another", "description": "Another", "dimension": "count"})
}

fn usage_event() -> Value {
    json!({
        "usage_event_id": "1", "usage_source": "gateway", "usage_unit": "token", "product_id": "factory",
        "organization_id": id("org"), "project_id": id("proj"), "resource_type": "request", "resource_id": "1",
        "quantity": "1", "bill_from": YEAR, "bill_to": YEAR, "idempotency_key": "1"
    })
}

fn price() -> Value {
    json!({"item": {"sku_id": id("sku")}, "price": "1"})
}

fn withdrawal() -> Value {
    json!({"item": {"sku_id": id("sku")}, "effective_from": NEXT_YEAR})
}

/// Every route, with a body that would be accepted.
fn cases() -> Vec<(&'static str, &'static str, Foreigner, Value)> {
    let named = json!({"slug": "another", "display_name": "Another"});
    let user = "user_01h2e8kqvbfwea724h75qc655w";
    let none = Value::Null;
    vec![
        ("GET", "/api/v1/orgs", Own, none.clone()),
        ("POST", "/api/v1/orgs", Denied, named.clone()),
        ("GET", "/api/v1/orgs/{org_id}", Unseen, none.clone()),
        ("PATCH", "/api/v1/orgs/{org_id}", Unseen, json!({"display_name": "Other"})),
        ("GET", "/api/v1/orgs/{org_id}/events", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/webhooks", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/webhooks", Unseen, json!({"url": "https://1.1.1.1/hook"})),
        ("GET", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}", Unseen, none.clone()),
        ("PATCH", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}", Unseen, json!({"description": "Mine"})),
        ("DELETE", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/rotate-key", Unseen, json!({})),
        ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/enable", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/disable", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/replay", Unseen, json!({"after": 0})),
        ("GET", "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/dead-letters", Unseen, none.clone()),
        (
            "POST",
            "/api/v1/orgs/{org_id}/webhooks/{webhook_id}/dead-letters/{owner_sequence}/redeliver",
            Unseen,
            none.clone(),
        ),
        ("GET", "/api/v1/log", Own, none.clone()),
        ("GET", "/api/v1/log/export", Denied, none.clone()),
        ("GET", "/api/v1/log/keys", Denied, none.clone()),
        ("POST", "/api/v1/log/keys/rotate", Denied, json!({})),
        ("GET", "/api/v1/log/entries/{position}", Unseen, none.clone()),
        ("GET", "/api/v1/log/entries/{position}/receipt", Unseen, none.clone()),
        ("GET", "/api/v1/log/consistency", Denied, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/log/export", Unseen, none.clone()),
        ("GET", "/api/v1/audit/entries", Denied, none.clone()),
        ("GET", "/api/v1/audit/export", Denied, none.clone()),
        ("GET", "/api/v1/audit/actions", Own, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/audit/entries", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/audit/export", Unseen, none.clone()),
        ("GET", "/api/v1/log/entries/{position}/explanation", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/members", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/members", Unseen, json!({"user_id": user, "role": "org_member"})),
        ("GET", "/api/v1/orgs/{org_id}/members/{member_id}", Unseen, none.clone()),
        ("PATCH", "/api/v1/orgs/{org_id}/members/{member_id}", Unseen, json!({"role": "org_auditor"})),
        ("DELETE", "/api/v1/orgs/{org_id}/members/{member_id}", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/projects", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/projects", Unseen, named),
        ("GET", "/api/v1/projects/{project_id}", Unseen, none.clone()),
        ("PATCH", "/api/v1/projects/{project_id}", Unseen, json!({"display_name": "Other"})),
        ("DELETE", "/api/v1/projects/{project_id}", Unseen, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/events", Unseen, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/members", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/members", Unseen, json!({"user_id": user, "role": "project_viewer"})),
        ("GET", "/api/v1/projects/{project_id}/members/{member_id}", Unseen, none.clone()),
        ("PATCH", "/api/v1/projects/{project_id}/members/{member_id}", Unseen, json!({"role": "project_viewer"})),
        ("DELETE", "/api/v1/projects/{project_id}/members/{member_id}", Unseen, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/service-accounts", Unseen, none.clone()),
        (
            "POST",
            "/api/v1/projects/{project_id}/service-accounts",
            Unseen,
            json!({"name": "another", "role": "project_viewer"}),
        ),
        ("GET", "/api/v1/projects/{project_id}/service-accounts/{service_account_id}", Unseen, none.clone()),
        (
            "PATCH",
            "/api/v1/projects/{project_id}/service-accounts/{service_account_id}",
            Unseen,
            json!({"role": "project_viewer"}),
        ),
        ("DELETE", "/api/v1/projects/{project_id}/service-accounts/{service_account_id}", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets", Unseen, json!({})),
        (
            "DELETE",
            "/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets/{secret_id}",
            Unseen,
            none.clone(),
        ),
        ("POST", "/api/v1/apps", Denied, named_app()),
        ("GET", "/api/v1/apps/catalog", Own, none.clone()),
        ("GET", "/api/v1/apps/catalog/{app_slug}", Unseen, none.clone()),
        ("PATCH", "/api/v1/apps/catalog/{app_slug}", Unseen, json!({"display_name": "Mine"})),
        ("GET", "/api/v1/apps/catalog/{app_slug}/versions", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/versions", Unseen, json!({"version": "2", "manifest": {}})),
        ("GET", "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}/publish", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}/retire", Unseen, none.clone()),
        ("GET", "/api/v1/apps/catalog/{app_slug}/artifacts", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts", Unseen, artifact()),
        ("GET", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/verify", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/publish", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/promote", Unseen, none.clone()),
        ("POST", "/api/v1/apps/catalog/{app_slug}/artifacts/{artifact_id}/retire", Unseen, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/apps/entitlements", Unseen, none.clone()),
        ("PUT", "/api/v1/projects/{project_id}/apps/entitlements/{app_slug}", Unseen, json!({"enabled": true})),
        ("GET", "/api/v1/skus", Own, none.clone()),
        ("POST", "/api/v1/skus", Denied, sku()),
        ("GET", "/api/v1/skus/{sku_id}", Own, none.clone()),
        ("POST", "/api/v1/skus/{sku_id}/retire", Denied, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/allocations", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/allocations", Unseen, allocation()),
        ("GET", "/api/v1/projects/{project_id}/allocations/{allocation_id}", Unseen, none.clone()),
        ("DELETE", "/api/v1/projects/{project_id}/allocations/{allocation_id}", Unseen, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/app-instances", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/app-instances", Unseen, launch()),
        ("GET", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}", Unseen, none.clone()),
        ("DELETE", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/stop", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/start", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/restart", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/cancel", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/decommission", Unseen, none.clone()),
        ("GET", "/api/v1/usage-units", Own, none.clone()),
        ("POST", "/api/v1/usage-units", Denied, usage_unit()),
        ("GET", "/api/v1/usage-units/{usage_unit_id}", Own, none.clone()),
        ("POST", "/api/v1/usage-units/{usage_unit_id}/retire", Denied, none.clone()),
        ("GET", "/api/v1/evidence-bundles", Denied, none.clone()),
        ("POST", "/api/v1/evidence-bundles", Denied, crate::evidence::bundle("another")),
        ("GET", "/api/v1/evidence-bundles/{evidence_bundle_id}", Denied, none.clone()),
        ("GET", "/api/v1/evidence-bundles/{evidence_bundle_id}/file", Denied, none.clone()),
        ("POST", "/api/v1/evidence-bundles/{evidence_bundle_id}/items", Denied, crate::evidence::item(&[])),
        (
            "POST",
            "/api/v1/evidence-bundles/{evidence_bundle_id}/invariants",
            Denied,
            json!({"invariant": "A-1", "result": "pass", "items": [id("evi")]}),
        ),
        ("POST", "/api/v1/evidence-bundles/{evidence_bundle_id}/close", Denied, none.clone()),
        ("POST", "/api/v1/usage-events", Denied, usage_event()),
        ("GET", "/api/v1/orgs/{org_id}/usage-events", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/usage", Unseen, none.clone()),
        ("GET", "/api/v1/price-books", Denied, none.clone()),
        ("POST", "/api/v1/price-books", Denied, json!({"name": "another", "currency": "EUR"})),
        ("GET", "/api/v1/price-books/{price_book_id}", Denied, none.clone()),
        ("POST", "/api/v1/price-books/{price_book_id}/prices", Denied, price()),
        ("POST", "/api/v1/price-books/{price_book_id}/prices/withdraw", Denied, withdrawal()),
        ("GET", "/api/v1/orgs/{org_id}/ledger", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/ledger", Denied, json!({"price_book_id": id("pbook")})),
        ("GET", "/api/v1/orgs/{org_id}/ledger/postings", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/invoices", Unseen, none.clone()),
        ("POST", "/api/v1/orgs/{org_id}/invoices", Unseen, json!({"from": YEAR, "to": NEXT_YEAR})),
        ("GET", "/api/v1/orgs/{org_id}/invoices/{invoice_id}", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/invoices/{invoice_id}/document", Unseen, none.clone()),
        ("GET", "/api/v1/orgs/{org_id}/invoice-preview", Unseen, none.clone()),
        ("GET", "/api/v1/users", Denied, none.clone()),
        ("POST", "/api/v1/users", Denied, json!({"display_name": "New", "email": "new@example.org"})),
        ("GET", "/api/v1/users/{user_id}", Denied, none.clone()),
        ("PATCH", "/api/v1/users/{user_id}", Denied, json!({"status": "disabled"})),
        ("POST", "/api/v1/users/{user_id}/erase", Denied, none.clone()),
        ("GET", "/api/v1/users/{user_id}/tokens", Unseen, none.clone()),
        ("POST", "/api/v1/users/{user_id}/tokens", Unseen, json!({"name": "stolen"})),
        ("DELETE", "/api/v1/users/{user_id}/tokens/{token_id}", Unseen, none.clone()),
        ("GET", "/api/v1/users/me", Own, none.clone()),
        ("PATCH", "/api/v1/users/me", Own, json!({"display_name": "Me"})),
        ("GET", "/api/v1/users/me/tokens", Own, none.clone()),
        ("POST", "/api/v1/users/me/tokens", Own, json!({"name": "mine"})),
        ("DELETE", "/api/v1/users/me/tokens/{token_id}", Unseen, none.clone()),
        ("GET", "/api/v1/nodes", Denied, none.clone()),
        ("POST", "/api/v1/nodes", Denied, json!({"name": "another"})),
        ("GET", "/api/v1/nodes/{node_id}", Denied, none.clone()),
        ("DELETE", "/api/v1/nodes/{node_id}", Denied, none.clone()),
        ("GET", "/api/v1/nodes/{node_id}/tasks", Denied, none.clone()),
        ("POST", "/api/v1/nodes/{node_id}/runtime-status", Denied, none.clone()),
        ("POST", "/api/v1/nodes/{node_id}/enrollment-tokens", Denied, json!({})),
        ("DELETE", "/api/v1/nodes/{node_id}/enrollment-tokens/{enrollment_id}", Denied, none.clone()),
        ("POST", "/api/v1/nodes/{node_id}/ban", Denied, none.clone()),
        ("POST", "/api/v1/nodes/{node_id}/unban", Denied, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/logs", Unseen, none.clone()),
        ("POST", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/app-token", Unseen, none.clone()),
        ("GET", "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/image-progress", Unseen, none.clone()),
        (
            "GET",
            "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/tunnel/{endpoint}",
            Unseen,
            none.clone(),
        ),
        ("POST", "/api/v1/admin/token/rotate", Denied, none.clone()),
        (
            "POST",
            "/api/v1/auth/token",
            Public,
            json!({"client_id": "sa_01h2e8kqvbfwea724h75qc655w", "client_secret": "gsec_unknown"}),
        ),
    ]
}

/// Every operation with a body that it takes.
pub(crate) fn bodies() -> impl Iterator<Item = (&'static str, &'static str, Value)> {
    cases().into_iter().map(|(method, template, _, body)| (method, template, body))
}

async fn ask(client: &Client, method: &str, path: &str, body: &Value) -> (u16, String) {
    let method: Method = method.parse().unwrap();
    // The routes that cannot be read without a query.
    let query = match path {
        _ if path.ends_with("/invoice-preview") => format!("?from={YEAR}&to={NEXT_YEAR}"),
        _ if path.ends_with("/log/consistency") => "?from=1&to=2".to_owned(),
        _ => String::new(),
    };
    let path = &format!("{path}{query}");
    let request = match method {
        Method::GET => client.request(method, path),
        _ => client.mutation(method, path),
    };
    let request = if body.is_null() { request } else { request.json(body) };
    let reply = client.send(request).await;
    (reply.status.as_u16(), reply.code().to_owned())
}

#[test]
fn every_route_is_in_the_table() {
    let listed: BTreeSet<Operation> = cases()
        .into_iter()
        .map(|(method, template, ..)| Operation { method: method.into(), template: template.into() })
        .collect();
    assert_eq!(listed, operations());
}

#[tokio::test]
async fn without_a_token_nothing_is_told() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    for (method, template, foreigner, body) in cases() {
        let expected = if foreigner == Public { "invalid_client_credentials" } else { "unauthenticated" };
        let answer = ask(&running.anonymous(), method, &tenant.fill(template), &body).await;
        assert_eq!(answer, (401, expected.to_owned()), "{method} {template}");
    }
}

#[tokio::test]
async fn an_admin_of_another_tenant_sees_nothing_of_this_one() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let foreign = Tenant::create(&running, "evil").await;
    let before = *running.log().head().borrow();
    for (method, template, foreigner, body) in cases() {
        let expected = match foreigner {
            Unseen => (404, "not_found"),
            Denied => (403, "forbidden"),
            Own | Public => continue,
        };
        let (status, code) = ask(&foreign.admin, method, &tenant.fill(template), &body).await;
        assert_eq!((status, &*code), expected, "{method} {template}");
    }
    tenant.admin.get(&format!("/api/v1/orgs/{}", tenant.organization)).await.expect(200);
    let entries = running.log().read(before, 100).await.unwrap();
    let events: BTreeSet<String> = entries.iter().map(|stored| stored.entry().unwrap().event.to_owned()).collect();
    assert_eq!(events, BTreeSet::from(["access.denied".to_owned()]), "nothing is left but recorded denials");
}

#[tokio::test]
async fn a_list_shows_only_what_its_reader_belongs_to() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    evil.admin.see(&acme.admin);
    let slugs = |page: Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(slugs(evil.admin.get("/api/v1/orgs").await.expect(200)), ["evil"]);
    assert_eq!(slugs(running.admin().get("/api/v1/orgs").await.expect(200)), ["acme", "evil"]);
    let account = acme.service_account(&running).await;
    assert_eq!(slugs(account.get("/api/v1/orgs").await.expect(200)), ["acme"]);
}

#[tokio::test]
async fn a_role_that_is_too_small_is_told_which_one_would_do() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let account = tenant.service_account(&running).await;
    let refused = account.patch(&format!("/api/v1/projects/{}", tenant.project), json!({"slug": "mine"})).await;
    refused.refused(403, "forbidden");
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("project_admin"), "{}", refused.body);
}

#[tokio::test]
async fn a_person_is_shown_to_admins_and_to_themselves_only() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/members/{}", tenant.organization, tenant.membership);
    let shown = tenant.admin.get(&path).await.expect(200);
    assert_eq!(shown["person"]["email"], "acme@example.org");
    let account = tenant.service_account(&running).await;
    assert_eq!(account.get(&path).await.expect(200)["person"], Value::Null);
}

#[tokio::test]
async fn a_token_limited_to_one_organization_reaches_no_other() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    let member = json!({"user_id": acme.admin_user, "role": "org_admin"});
    evil.admin.post(&format!("/api/v1/orgs/{}/members", evil.organization), member).await.expect(201);
    let limited = json!({"name": "limited", "organization_id": acme.organization});
    let issued = acme.admin.post("/api/v1/users/me/tokens", limited).await.expect(201);
    let limited = running.client(issued["bearer"].as_str().unwrap());
    limited.get(&format!("/api/v1/orgs/{}", acme.organization)).await.expect(200);
    acme.admin.see(&evil.admin);
    acme.admin.get(&format!("/api/v1/orgs/{}", evil.organization)).await.expect(200);
    limited.get(&format!("/api/v1/orgs/{}", evil.organization)).await.refused(404, "not_found");
}
