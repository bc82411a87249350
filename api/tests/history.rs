//! Resources as they were: `as_of` on everything that is a single resource.

use gpuaas_domain::Timestamp;
use serde_json::{Value, json};

use crate::harness::{Operation, Running, Tenant, operations};

/// What answers one thing that is no resource of the log, and why.
const NO_RESOURCES: &[(&str, &str)] = &[
    ("/api/v1/projects/{project_id}/app-instances/{app_instance_id}/image-progress", "what a node says at this moment"),
    ("/api/v1/projects/{project_id}/app-instances/{app_instance_id}/logs", "what a node says at this moment"),
    ("/api/v1/orgs/{org_id}/invoice-preview", "computed from usage and prices of any interval"),
    ("/api/v1/log", "who the log is, which is not a resource of its own"),
    ("/api/v1/log/keys", "every list of keys that there was"),
    ("/api/v1/log/entries/{position}/explanation", "about an entry, which never changes"),
];

/// Every read that answers a single resource in JSON.
fn single_reads() -> Vec<Operation> {
    let is_single = |operation: &Operation| {
        let described = &gpuaas_api::openapi::document()["paths"][&operation.template]["get"];
        let schema = &described["responses"]["200"]["content"]["application/json"]["schema"];
        let is_page = schema["$ref"].as_str().is_some_and(|name| name.contains("/Page_"));
        schema.is_object() && !is_page && NO_RESOURCES.iter().all(|(template, _)| *template != operation.template)
    };
    operations().into_iter().filter(|operation| operation.method == "GET" && is_single(operation)).collect()
}

fn says_as_of(operation: &Operation) -> bool {
    let described = &gpuaas_api::openapi::document()["paths"][&operation.template]["get"];
    let parameters = described["parameters"].as_array().unwrap();
    parameters.iter().any(|parameter| parameter["$ref"] == "#/components/parameters/AsOf")
}

#[tokio::test]
async fn every_single_resource_can_be_asked_for_as_it_was_and_nothing_else() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let singles = single_reads();
    assert!(singles.len() >= 19, "{singles:?}");
    let operator = running.admin();
    let future = *running.log().head().borrow() + 1_000_000;
    for operation in &singles {
        assert!(says_as_of(operation), "{} does not say that it takes as_of", operation.template);
        let path = tenant.fill(&operation.template);
        for (as_of, status, code) in [
            (future.to_string(), 422, "as_of_in_future"),
            (u64::MAX.to_string(), 422, "as_of_in_future"),
            ("2999-01-01T00:00:00Z".to_owned(), 422, "as_of_in_future"),
            ("0".to_owned(), 400, "invalid_parameter"),
            ("yesterday".to_owned(), 400, "invalid_parameter"),
            ("99999999999999999999".to_owned(), 400, "invalid_parameter"),
        ] {
            let refused = operator.get(&format!("{path}?as_of={as_of}")).await;
            assert_eq!((refused.status.as_u16(), refused.code()), (status, code), "{path} as of {as_of}");
        }
    }
    for operation in operations() {
        assert!(operation.method != "GET" || singles.contains(&operation) || !says_as_of(&operation), "{operation:?}");
    }
    operator.get("/api/v1/orgs?as_of=1").await.refused(400, "invalid_parameter");
}

fn head(running: &Running) -> u64 {
    *running.log().head().borrow()
}

fn now() -> String {
    let micros = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_micros();
    gpuaas_relay::moment::print(Timestamp(micros as u64))
}

#[tokio::test]
async fn a_project_is_shown_as_it_was_at_a_position_and_at_a_time() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let admin = &tenant.admin;
    let path = tenant.fill("/api/v1/projects/{project_id}");
    let created = admin.get(&path).await.expect(200);
    let (before, time_before) = (head(&running), now());
    let renamed = admin.patch(&path, json!({"slug": "lab"})).await.expect(200);
    let after = head(&running);
    admin.delete(&path).await.expect(200);
    for (as_of, slug, status, version) in [
        (before.to_string(), "research", "active", "\"1\""),
        (time_before, "research", "active", "\"1\""),
        (after.to_string(), "lab", "active", "\"2\""),
        (renamed["updated_at"].as_str().unwrap().to_owned(), "lab", "active", "\"2\""),
        (head(&running).to_string(), "lab", "archived", "\"3\""),
        (now(), "lab", "archived", "\"3\""),
    ] {
        let was = admin.get(&format!("{path}?as_of={as_of}")).await;
        assert_eq!(was.header("etag"), version, "as of {as_of}");
        let was = was.expect(200);
        assert_eq!((&was["slug"], &was["status"]), (&json!(slug), &json!(status)), "as of {as_of}");
        assert_eq!(was["created_at"], created["created_at"]);
    }
    let was = admin.get(&format!("{path}?as_of={before}")).await.expect(200);
    assert_eq!(was, created, "what it was is what was answered then");
}

#[tokio::test]
async fn before_its_first_entry_there_was_no_such_resource() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = tenant.fill("/api/v1/projects/{project_id}");
    for as_of in ["1", "1970-01-01T00:00:00Z", "2020-02-02T02:02:02Z"] {
        let refused = tenant.admin.get(&format!("{path}?as_of={as_of}")).await;
        refused.refused(404, "not_found");
        let message = refused.body["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("there was no such project yet at position"), "{message}");
    }
    let never = tenant.admin.get("/api/v1/users/me?as_of=1").await;
    never.refused(404, "not_found");
    let ledger = tenant.fill("/api/v1/orgs/{org_id}/ledger");
    tenant.admin.get(&format!("{ledger}?as_of=1")).await.refused(409, "account_not_open");
}

/// Under which a path names the resources of one organization, one project or one app.
const SCOPES: [&str; 3] = ["/api/v1/orgs/{org_id}", "/api/v1/projects/{project_id}", "/api/v1/apps/catalog/{app_slug}"];

#[tokio::test]
async fn somebody_elses_resource_is_not_told_apart_from_none_in_the_past_either() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::stocked(&running, "acme").await, Tenant::stocked(&running, "evil").await);
    let mut begun = Vec::new();
    for Operation { template, .. } in single_reads() {
        let Some(scope) = SCOPES.into_iter().find(|scope| template.starts_with(&format!("{scope}/"))) else { continue };
        let own = acme.fill(&template);
        let foreign = own.replacen(&acme.fill(scope), &evil.fill(scope), 1);
        let message = async |client: &crate::harness::Client, path: &str| {
            let refused = client.get(path).await;
            refused.refused(404, "not_found");
            refused.body["error"]["message"].as_str().unwrap().to_owned()
        };
        // The ledger is named by its organization alone.
        if template == "/api/v1/orgs/{org_id}/ledger" {
            continue;
        }
        let absent = message(&evil.admin, &foreign).await;
        for as_of in ["1".to_owned(), head(&running).to_string()] {
            assert_eq!(
                message(&evil.admin, &format!("{foreign}?as_of={as_of}")).await,
                absent,
                "{template} at {as_of}"
            );
        }
        if message(&acme.admin, &format!("{own}?as_of=1")).await.contains("its first entry is at position") {
            begun.push(template);
        }
    }
    assert!(begun.len() >= 6, "where it begins is told in its own organization: {begun:?}");
}

#[tokio::test]
async fn todays_rights_count_for_the_past() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::create(&running, "acme").await, Tenant::create(&running, "evil").await);
    let path = format!("{}?as_of={}", acme.fill("/api/v1/projects/{project_id}"), head(&running));
    evil.admin.get(&path).await.refused(404, "not_found");
    acme.admin.get(&path).await.expect(200);
    // Whoever is a member no more does not see what they saw as one.
    running.admin().delete(&acme.fill("/api/v1/orgs/{org_id}/members/{member_id}")).await.expect(200);
    let operator = running.admin();
    operator.delete(&acme.fill("/api/v1/projects/{project_id}/members/{member_id}")).await.expect(200);
    acme.admin.get(&path).await.refused(404, "not_found");
}

#[tokio::test]
async fn relations_are_ids_in_the_past() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let member = tenant.fill("/api/v1/orgs/{org_id}/members/{member_id}");
    assert_eq!(tenant.admin.get(&member).await.expect(200)["person"]["email"], "acme@example.org");
    let was = tenant.admin.get(&format!("{member}?as_of={}", head(&running))).await.expect(200);
    assert_eq!((&was["person"], &was["user_id"]), (&Value::Null, &json!(tenant.admin_user)));
    let me = format!("/api/v1/users/me?as_of={}", head(&running));
    assert_eq!(
        tenant.admin.get(&me).await.expect(200)["person"]["email"],
        "acme@example.org",
        "one's own fields are no relation"
    );
    let sku = tenant.fill("/api/v1/skus/{sku_id}");
    let was = tenant.admin.get(&format!("{sku}?as_of={}", head(&running))).await.expect(200);
    assert_eq!((&was["price"], &was["name"]), (&Value::Null, &json!("acme-cpu")));
}
