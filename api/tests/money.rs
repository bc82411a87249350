//! From reported usage to an invoice, through the API alone.

use serde_json::{Value, json};

use crate::harness::{Running, Tenant, all_reached, person};

/// What these tests reach.
pub(crate) const REACHED: &[(&str, &str)] = &[
    ("GET", "/api/v1/usage-units"),
    ("POST", "/api/v1/usage-units"),
    ("GET", "/api/v1/usage-units/{usage_unit_id}"),
    ("POST", "/api/v1/usage-units/{usage_unit_id}/retire"),
    ("POST", "/api/v1/usage-events"),
    ("GET", "/api/v1/orgs/{org_id}/usage-events"),
    ("GET", "/api/v1/orgs/{org_id}/usage"),
    ("GET", "/api/v1/price-books"),
    ("POST", "/api/v1/price-books"),
    ("GET", "/api/v1/price-books/{price_book_id}"),
    ("POST", "/api/v1/price-books/{price_book_id}/prices"),
    ("POST", "/api/v1/price-books/{price_book_id}/prices/withdraw"),
    ("GET", "/api/v1/orgs/{org_id}/ledger"),
    ("POST", "/api/v1/orgs/{org_id}/ledger"),
    ("GET", "/api/v1/orgs/{org_id}/ledger/postings"),
    ("GET", "/api/v1/orgs/{org_id}/invoices"),
    ("POST", "/api/v1/orgs/{org_id}/invoices"),
    ("GET", "/api/v1/orgs/{org_id}/invoices/{invoice_id}"),
    ("GET", "/api/v1/orgs/{org_id}/invoices/{invoice_id}/document"),
    ("GET", "/api/v1/orgs/{org_id}/invoice-preview"),
];

/// The present as clients write it, so that a price and usage can begin at it.
fn now() -> String {
    let micros = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    gpuaas_relay::moment::print(gpuaas_domain::Timestamp(micros as u64))
}

#[tokio::test]
async fn reported_usage_becomes_an_invoice() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let (operator, admin) = (running.admin(), &tenant.admin);
    let prices = tenant.fill("/api/v1/price-books/{price_book_id}/prices");
    let (unit, sku) = (tenant.fill("{usage_unit_id}"), tenant.fill("{sku_id}"));
    operator.post(&prices, json!({"item": {"usage_unit_id": unit}, "price": "0.5"})).await.expect(200);
    operator.post(&prices, json!({"item": {"sku_id": sku}, "price": "2.50"})).await.expect(200);
    let ledger = tenant.fill("/api/v1/orgs/{org_id}/ledger");
    admin.get(&ledger).await.refused(409, "account_not_open");
    let account = json!({"price_book_id": tenant.fill("{price_book_id}")});
    operator.post(&ledger, account).await.expect(201);
    admin.see(&operator);
    let shown = admin.get(&tenant.fill("/api/v1/skus/{sku_id}?org_id={org_id}")).await.expect(200);
    assert_eq!((&shown["price"]["per_hour"], &shown["price"]["currency"]), (&json!("2.5"), &json!("EUR")));

    let moment = now();
    let reported = event(&tenant, &moment, "3");
    let recorded = operator.post("/api/v1/usage-events", reported.clone()).await.expect(201);
    assert_eq!(operator.post("/api/v1/usage-events", reported).await.expect(201)["id"], recorded["id"]);
    operator.post("/api/v1/usage-events", event(&tenant, &moment, "4")).await.refused(409, "usage_event_conflict");
    let rated = admin.until(&ledger, |ledger| ledger["rated_through"] != 0).await;
    assert_eq!(rated["balances"], json!({"accrued": "1500000", "revenue": "-1500000"}));
    let postings = admin.get(&format!("{ledger}/postings")).await.expect(200);
    assert_eq!(postings["items"][0]["postings"][0]["entries"][0]["amount"], "1500000", "{postings}");
    let listed = admin.get(&tenant.fill("/api/v1/orgs/{org_id}/usage-events?usage_unit_id={usage_unit_id}")).await;
    assert_eq!(listed.expect(200)["items"][0]["quantity"], "3");
    assert_eq!(admin.get(&tenant.fill("/api/v1/orgs/{org_id}/usage")).await.expect(200)["items"], json!([]));

    invoiced(&running, &tenant, &moment).await;
    looked_up(&running, &tenant).await;
    all_reached(REACHED);
}

#[tokio::test]
async fn whoever_runs_the_platform_sees_the_price_books_that_they_make() {
    let running = Running::start().await;
    let (user, token, _) = person(&running.admin(), "ops").await;
    let ops = running.client(&token);
    ops.get("/api/v1/price-books").await.refused(403, "forbidden");
    let roles = json!({"platform_roles": ["platform_ops_write"]});
    running.admin().patch(&format!("/api/v1/users/{user}"), roles).await.expect(200);
    let made = ops.post("/api/v1/price-books", json!({"name": "standard", "currency": "EUR"})).await.expect(201);
    let listed = ops.get("/api/v1/price-books").await.expect(200);
    assert_eq!(listed["items"][0]["id"], made["id"]);
    ops.get(&format!("/api/v1/price-books/{}", made["id"].as_str().unwrap())).await.expect(200);
}

fn event(tenant: &Tenant, moment: &str, quantity: &str) -> Value {
    json!({
        "usage_event_id": "evt-1", "usage_source": "acme.gateway", "usage_unit": "acme.token", "product_id": "acme",
        "organization_id": tenant.organization, "project_id": tenant.project, "resource_type": "request",
        "resource_id": "req-1", "quantity": quantity, "bill_from": moment, "bill_to": moment,
        "idempotency_key": "req-1-token"
    })
}

async fn invoiced(running: &Running, tenant: &Tenant, since: &str) {
    let (operator, admin) = (running.admin(), &tenant.admin);
    let until = now();
    let interval = format!("?from={since}&to={until}");
    let preview = admin.get(&tenant.fill(&format!("/api/v1/orgs/{{org_id}}/invoice-preview{interval}"))).await;
    assert_eq!(preview.expect(200)["total"], "1500000");
    let invoices = tenant.fill("/api/v1/orgs/{org_id}/invoices");
    let invoice = operator.post(&invoices, json!({"from": since, "to": until})).await.expect(201);
    assert_eq!((&invoice["total"], &invoice["lines"]), (&json!("1500000"), &json!(1)));
    admin.see(&operator);
    let path = format!("{invoices}/{}", invoice["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.expect(200)["document_digest"], invoice["document_digest"]);
    let document = admin.get(&format!("{path}/document")).await.expect(200);
    assert_eq!((&document["format"], &document["total"]), (&json!("gpuaas.invoice.v1"), &json!("1500000")));
    assert_eq!(admin.get(&invoices).await.expect(200)["items"].as_array().unwrap().len(), 1);
    let overlapping = operator.post(&invoices, json!({"from": since, "to": until})).await;
    assert_eq!(overlapping.status.as_u16(), 409, "{}", overlapping.body);
}

async fn looked_up(running: &Running, tenant: &Tenant) {
    let operator = running.admin();
    operator.see(&tenant.admin);
    let book = tenant.fill("/api/v1/price-books/{price_book_id}");
    let later =
        json!({"item": {"sku_id": tenant.fill("{sku_id}")}, "price": "3", "effective_from": "2999-01-01T00:00:00Z"});
    operator.post(&format!("{book}/prices"), later.clone()).await.expect(200);
    let withdrawal = json!({"item": later["item"], "effective_from": later["effective_from"]});
    let left = operator.post(&format!("{book}/prices/withdraw"), withdrawal).await.expect(200);
    assert_eq!(left["prices"].as_array().unwrap().len(), 2);
    let past = json!({"item": later["item"], "price": "1", "effective_from": "2001-01-01T00:00:00Z"});
    operator.post(&format!("{book}/prices"), past).await.refused(409, "price_overlaps");
    let negative = json!({"item": later["item"], "price": "-1"});
    operator.post(&format!("{book}/prices"), negative).await.refused(422, "price_negative");
    assert_eq!(operator.get(&book).await.expect(200)["name"], "acme-prices");
    let listed = operator.get("/api/v1/price-books?name=acme-prices").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let unit = tenant.fill("/api/v1/usage-units/{usage_unit_id}");
    assert_eq!(tenant.admin.get(&unit).await.expect(200)["name"], "acme.token");
    assert_eq!(operator.act(&format!("{unit}/retire")).await.expect(200)["status"], "retired");
    let listed = operator.get("/api/v1/usage-units?status=retired").await.expect(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}
