//! Dry runs: one envelope for every mutation, and nothing is left of them.

use std::collections::BTreeSet;
use std::path::Path;

use gpuaas_api::http::dry_run::MEDIA_TYPE;
use reqwest::Method;
use serde_json::{Value, json};

use crate::authorization;
use crate::harness::{Client, Reply, Running, Tenant, operations};

async fn tried(client: &Client, method: Method, path: &str, body: &Value) -> Reply {
    // One key for all of them: an answer that was kept would be in the way of the next.
    let request = client.request(method, &format!("{path}?dry_run=true")).header("Idempotency-Key", "tried");
    client.send(if body.is_null() { request } else { request.json(body) }).await
}

/// The answer to a dry run.
#[track_caller]
fn envelope(reply: Reply) -> Value {
    assert_eq!((reply.status.as_u16(), reply.header("content-type")), (200, MEDIA_TYPE), "{}", reply.body);
    reply.body
}

/// The files of the key store.
fn keys(folder: &Path) -> BTreeSet<String> {
    let mut files = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(keys(&path));
        } else {
            files.insert(path.display().to_string());
        }
    }
    files
}

/// What was appended after a position, beside what the log says of itself.
async fn appended(running: &Running, after: u64) -> Vec<String> {
    let entries = running.log().read(after, 1_000).await.unwrap();
    let events = entries.iter().map(|stored| stored.entry().unwrap().event.to_owned());
    events.filter(|event| !event.starts_with("log.")).collect()
}

#[tokio::test]
async fn every_mutation_can_be_tried_and_leaves_nothing() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let operator = running.admin();
    let store = running.directory().path().join("keys");
    let (head, keys_before) = (*running.log().head().borrow(), keys(&store));
    assert!(!keys_before.is_empty());
    let (mut seen, mut good) = (BTreeSet::new(), BTreeSet::new());
    for (method, template, body) in authorization::bodies() {
        if method == "GET" {
            continue;
        }
        let body = match template {
            "/api/v1/auth/token" => json!({"client_id": tenant.service_account, "client_secret": tenant.secret}),
            _ => body,
        };
        let answer = envelope(tried(&operator, method.parse().unwrap(), &tenant.fill(template), &body).await);
        let (succeeds, checks) =
            (answer["would_succeed"].as_bool().unwrap(), answer["failed_checks"].as_array().unwrap());
        assert_eq!(succeeds, checks.is_empty(), "{method} {template}: {answer}");
        seen.insert((method.to_owned(), template.to_owned()));
        if succeeds {
            good.insert((method, template));
        }
    }
    let mutations: BTreeSet<(String, String)> = operations()
        .into_iter()
        .filter(|operation| operation.method != "GET")
        .map(|operation| (operation.method, operation.template))
        .collect();
    assert_eq!(seen, mutations);
    assert!(good.len() > 25, "{good:?}");
    assert_eq!(appended(&running, head).await, Vec::<String>::new());
    assert_eq!(keys(&store), keys_before);
    // No answer was kept: the key is as good as new.
    let request = operator.request(Method::POST, "/api/v1/orgs").header("Idempotency-Key", "tried");
    operator.send(request.json(&json!({"slug": "another", "display_name": "Another"}))).await.expect(201);
}

#[tokio::test]
async fn the_events_that_would_be_written_are_told() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = tenant.fill("/api/v1/orgs/{org_id}/projects");
    let answer =
        envelope(tried(&tenant.admin, Method::POST, &path, &json!({"slug": "tried", "display_name": "Tried"})).await);
    assert_eq!((&answer["would_succeed"], &answer["rules"]), (&json!(true), &json!(["org-admin"])));
    let [event] = &answer["events"].as_array().unwrap()[..] else { panic!("one event: {answer}") };
    assert_eq!(
        (&event["event"], &event["kind"], &event["version"]),
        (&json!("project.created"), &json!("project"), &json!(1))
    );
    assert_eq!((&event["payload"]["slug"], &event["organization_id"]), (&json!("tried"), &json!(tenant.organization)));
    assert!(event["resource"].as_str().unwrap().starts_with("proj_"));
    // What changes nothing would succeed, and write nothing.
    let same = json!({"slug": "acme"});
    let answer = envelope(tried(&tenant.admin, Method::PATCH, &tenant.fill("/api/v1/orgs/{org_id}"), &same).await);
    assert_eq!((&answer["would_succeed"], &answer["events"]), (&json!(true), &json!([])));
}

#[tokio::test]
async fn personal_fields_are_sealed_and_secrets_are_absent() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let operator = running.admin();
    let new = json!({"display_name": "Grace Hopper", "email": "grace@example.org"});
    let answer = envelope(tried(&operator, Method::POST, "/api/v1/users", &new).await);
    let payload = &answer["events"][0]["payload"];
    assert!(payload["email"]["person"].is_string() && payload["email"]["ciphertext"] == "", "{answer}");
    assert!(!answer.to_string().contains("Grace") && !answer.to_string().contains("grace@"));
    let rename = json!({"display_name": "Ada Lovelace"});
    let answer = envelope(tried(&tenant.admin, Method::PATCH, "/api/v1/users/me", &rename).await);
    assert!(answer["would_succeed"] == true && !answer.to_string().contains("Lovelace"), "{answer}");
    let secrets = tenant.fill("/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets");
    let answer = envelope(tried(&tenant.admin, Method::POST, &secrets, &json!({})).await);
    assert_eq!(answer["events"][0]["event"], "service_account.secret_added");
    assert!(!answer.to_string().contains("gsec_"), "{answer}");
    let answer = envelope(tried(&tenant.admin, Method::POST, "/api/v1/users/me/tokens", &json!({"name": "a"})).await);
    assert_eq!((&answer["events"][0]["event"], &answer["bearer"]), (&json!("token.issued"), &Value::Null));
}

#[tokio::test]
async fn the_checks_that_would_fail_are_told_together() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    Tenant::create(&running, "birch").await;
    let (admin, head) = (&tenant.admin, *running.log().head().borrow());
    let codes = |answer: &Value| -> Vec<String> {
        let checks = answer["failed_checks"].as_array().unwrap();
        checks.iter().map(|check| check["code"].as_str().unwrap().to_owned()).collect()
    };
    let projects = tenant.fill("/api/v1/orgs/{org_id}/projects");
    let taken = json!({"slug": "research", "display_name": "Again"});
    let answer = envelope(tried(admin, Method::POST, &projects, &taken).await);
    assert_eq!((codes(&answer), &answer["failed_checks"][0]["status"]), (vec!["name_taken".to_owned()], &json!(409)));
    assert_eq!(answer["failed_checks"][0]["fields"][0]["field"], "slug");
    let request = admin.request(Method::PATCH, &tenant.fill("/api/v1/orgs/{org_id}?dry_run=true"));
    let request = request.header("Idempotency-Key", "both").header("If-Match", "\"99\"");
    let answer = envelope(admin.send(request.json(&json!({"slug": "birch"}))).await);
    assert_eq!(codes(&answer), ["precondition_failed", "name_taken"]);
    let invalid = json!({"slug": "Not A Slug", "display_name": "Tried"});
    let answer = envelope(tried(admin, Method::POST, &projects, &invalid).await);
    assert_eq!(codes(&answer), ["invalid_field"]);
    // A denial is told, and not recorded: nothing is appended by a dry run.
    let account = tenant.service_account(&running).await;
    let after_token = *running.log().head().borrow();
    let answer = envelope(tried(&account, Method::POST, &projects, &json!({"slug": "a", "display_name": "A"})).await);
    assert_eq!(codes(&answer), ["forbidden"]);
    assert_eq!(appended(&running, after_token).await, Vec::<String>::new());
    assert_eq!(appended(&running, head).await, ["token.issued"]);
}

#[tokio::test]
async fn what_is_wrong_with_the_request_itself_is_refused_as_ever() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let projects = tenant.fill("/api/v1/orgs/{org_id}/projects?dry_run=true");
    let new = json!({"slug": "a", "display_name": "A"});
    let anonymous = running.anonymous();
    anonymous.send(anonymous.mutation(Method::POST, &projects).json(&new)).await.refused(401, "unauthenticated");
    let admin = &tenant.admin;
    admin.send(admin.request(Method::POST, &projects).json(&new)).await.refused(400, "idempotency_key_missing");
    let broken = admin.mutation(Method::POST, &projects).header("content-type", "application/json").body("{");
    admin.send(broken).await.refused(400, "malformed_json");
    let no_object = admin.send(admin.mutation(Method::POST, &projects).json(&json!(0))).await;
    no_object.refused(422, "invalid_field");
    let foreign = Tenant::create(&running, "evil").await;
    let answer = envelope(foreign.admin.send(foreign.admin.mutation(Method::POST, &projects).json(&new)).await);
    assert_eq!((&answer["would_succeed"], &answer["failed_checks"][0]["code"]), (&json!(false), &json!("not_found")));
    admin.send(admin.mutation(Method::POST, "/api/v1/nothing?dry_run=true")).await.refused(404, "not_found");
}
