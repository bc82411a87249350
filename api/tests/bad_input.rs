//! Whatever is wrong with a request has a stable code, names the field where it can, and
//! changes nothing.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{Client, Running, Tenant};

/// A request that must be refused, and how.
struct Case {
    what: &'static str,
    request: RequestBuilder,
    status: u16,
    code: &'static str,
    /// The field that is named first.
    field: Option<&'static str>,
}

async fn check(client: &Client, running: &Running, cases: Vec<Case>) {
    let before = *running.log().head().borrow();
    for Case { what, request, status, code, field } in cases {
        let reply = client.send(request).await;
        assert_eq!((reply.status.as_u16(), reply.code()), (status, code), "{what}: {}", reply.body);
        assert_eq!(reply.body["error"]["fields"][0]["field"].as_str(), field, "{what}: {}", reply.body);
    }
    assert_eq!(*running.log().head().borrow(), before, "nothing was written");
}

#[tokio::test]
async fn a_body_that_is_not_what_it_should_be_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/projects", tenant.organization);
    let body = |what, text: &str, status, code, field| {
        let request = tenant.admin.mutation(Method::POST, &path).body(text.to_owned());
        Case { what, request: request.header("Content-Type", "application/json"), status, code, field }
    };
    let long = "a".repeat(2_000);
    let cases = vec![
        body("broken", "{\"slug\":", 400, "malformed_json", None),
        body("two documents", "{}{}", 400, "malformed_json", None),
        body("a key twice", r#"{"slug":"a","slug":"b","display_name":"A"}"#, 400, "malformed_json", None),
        body("NUL", r#"{"slug":"a","display_name":"A\u0000"}"#, 400, "malformed_json", None),
        body("deep", &"[".repeat(500), 400, "malformed_json", None),
        body("unknown field", r#"{"slug":"a","display_name":"A","x":1}"#, 422, "invalid_field", Some("x")),
        body("missing field", r#"{"slug":"a"}"#, 422, "invalid_field", Some("display_name")),
        body("wrong type", r#"{"slug":5,"display_name":"A"}"#, 422, "invalid_field", Some("slug")),
        body("no object", r#"["a","A"]"#, 422, "invalid_field", Some("body")),
        body("nothing", "", 422, "invalid_field", Some("body")),
        body("bad slug", r#"{"slug":"Not A Slug","display_name":"A"}"#, 422, "invalid_field", Some("slug")),
        body("control", r#"{"slug":"a","display_name":"A\n"}"#, 422, "invalid_field", Some("display_name")),
        body(
            "a list for an object",
            r#"{"slug":"a","display_name":["A"]}"#,
            422,
            "invalid_field",
            Some("display_name"),
        ),
        body("long", &format!(r#"{{"slug":"a","display_name":"{long}"}}"#), 422, "invalid_field", Some("display_name")),
    ];
    check(&tenant.admin, &running, cases).await;
}

#[tokio::test]
async fn what_changes_is_left_out_or_said_and_never_null() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let document = gpuaas_api::openapi::document();
    let mut fields = 0;
    for (template, item) in document["paths"].as_object().unwrap() {
        let body = &item["patch"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let Some(change) = body.as_str().and_then(|name| document.pointer(name.trim_start_matches('#'))) else {
            continue;
        };
        for field in change["properties"].as_object().unwrap().keys() {
            let refused = tenant.admin.patch(&tenant.fill(template), json!({field: null})).await;
            refused.refused(422, "invalid_field");
            assert_eq!(refused.body["error"]["fields"][0]["field"], *field, "{template}: {}", refused.body);
            fields += 1;
        }
    }
    assert!(fields >= 16, "{fields}");
}

#[tokio::test]
async fn a_body_of_another_type_or_over_the_limit_is_refused() {
    let running = Running::with(|config| config.limits.body_bytes = 1_000).await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/projects", tenant.organization);
    let request = |content_type, body: String| {
        tenant.admin.mutation(Method::POST, &path).header("Content-Type", content_type).body(body)
    };
    let chunks = futures::stream::iter((0..20).map(|_| Ok::<_, std::io::Error>("a".repeat(100))));
    let streamed = tenant.admin.mutation(Method::POST, &path).header("Content-Type", "application/json");
    let streamed = streamed.body(reqwest::Body::wrap_stream(chunks));
    let too_large = |what, request| Case { what, request, status: 413, code: "body_too_large", field: None };
    let media = |what, request| Case { what, request, status: 415, code: "unsupported_media_type", field: None };
    let cases = vec![
        too_large("declared", request("application/json", "a".repeat(1_001))),
        too_large("streamed", streamed),
        media("form", request("application/x-www-form-urlencoded", "slug=a".into())),
        media("text", request("text/plain", "{}".into())),
    ];
    check(&tenant.admin, &running, cases).await;
}

#[tokio::test]
async fn a_path_query_or_header_that_is_not_acceptable_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let (admin, organization) = (&tenant.admin, &tenant.organization);
    let get = |path: String| admin.request(Method::GET, &path);
    let parameter =
        |what, request, field| Case { what, request, status: 400, code: "invalid_parameter", field: Some(field) };
    let header = |what, request, field| Case { what, request, status: 400, code: "invalid_header", field: Some(field) };
    let projects = format!("/api/v1/orgs/{organization}/projects");
    let new = json!({"slug": "a", "display_name": "A"});
    let post = || admin.request(Method::POST, &projects).json(&new);
    let patch = admin.mutation(Method::PATCH, &format!("/api/v1/orgs/{organization}")).json(&json!({}));
    let cases = vec![
        parameter("an id of another kind", get(format!("/api/v1/orgs/{}", tenant.project)), "org_id"),
        parameter("no id", get("/api/v1/orgs/acme".into()), "org_id"),
        Case {
            what: "nothing's id",
            request: get("/api/v1/orgs/org_00000000000000000000000000".into()),
            status: 404,
            code: "not_found",
            field: Some("org_id"),
        },
        parameter("NUL", get("/api/v1/orgs/org_%00".into()), "org_id"),
        parameter("unknown", get(format!("{projects}?colour=red")), "colour"),
        parameter("of another type", get(format!("{projects}?limit=many")), "limit"),
        parameter("out of range", get(format!("{projects}?limit=201")), "limit"),
        parameter("an unknown word", get(format!("{projects}?status=gone")), "status"),
        parameter(
            "dry run",
            admin.mutation(Method::POST, &format!("{projects}?dry_run=perhaps")).json(&new),
            "dry_run",
        ),
        header("key too long", post().header("Idempotency-Key", "k".repeat(256)), "Idempotency-Key"),
        header("key twice", post().header("Idempotency-Key", "a").header("Idempotency-Key", "b"), "idempotency-key"),
        header("If-Match", patch.header("If-Match", "7"), "If-Match"),
        header("correlation", get(projects.clone()).header("X-Correlation-Id", "my request"), "X-Correlation-Id"),
        header("position", get(projects.clone()).header("X-Log-Position", "7"), "X-Log-Position"),
        Case { what: "no key", request: post(), status: 400, code: "idempotency_key_missing", field: None },
        Case {
            what: "a foreign cursor",
            request: get(format!("{projects}?cursor=AAAA")),
            status: 400,
            code: "invalid_cursor",
            field: None,
        },
        Case {
            what: "a parameter twice",
            request: get(format!("{projects}?limit=1&limit=2")),
            status: 400,
            code: "invalid_parameter",
            field: None,
        },
    ];
    check(admin, &running, cases).await;
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_the_same_shape() {
    let running = Running::start().await;
    let admin = running.admin();
    admin.get("/nothing").await.refused(404, "not_found");
    admin.get("/api/v1/nothing").await.refused(404, "not_found");
    let refused = admin.send(admin.request(Method::PUT, "/api/v1/orgs")).await;
    refused.refused(405, "method_not_allowed");
    assert!(refused.header("allow").contains("POST"), "{:?}", refused.headers);
    admin.get("/api/v1/orgs/org_01h2e8kqvbfwea724h75qc655w").await.refused(404, "not_found");
}

#[tokio::test]
async fn a_token_that_does_not_count_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let me = "/api/v1/users/me";
    for token in ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        running.client(token).get(me).await.refused(401, "unauthenticated");
    }
    let basic = running.anonymous();
    let request = basic.request(Method::GET, me).header("Authorization", "Basic YTpi");
    basic.send(request).await.refused(401, "unauthenticated");

    let issued = tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "short"})).await.expect(201);
    let short = running.client(issued["bearer"].as_str().unwrap());
    short.get(me).await.expect(200);
    let token = issued["token"]["id"].as_str().unwrap();
    tenant.admin.delete(&format!("/api/v1/users/me/tokens/{token}")).await.expect(200);
    short.get(me).await.refused(401, "token_revoked");

    let user = format!("/api/v1/users/{}", tenant.admin_user);
    running.admin().patch(&user, json!({"status": "disabled"})).await.expect(200);
    tenant.admin.get(me).await.refused(401, "token_revoked");
    running.admin().patch(&user, json!({"status": "active"})).await.expect(200);
    tenant.admin.get(me).await.expect(200);
}

#[tokio::test]
async fn a_deleted_service_account_acts_no_more() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let account = tenant.service_account(&running).await;
    let project = format!("/api/v1/projects/{}", tenant.project);
    account.get(&project).await.expect(200);
    let wrong = json!({"client_id": tenant.service_account, "client_secret": "gsec_wrong"});
    running.anonymous().post("/api/v1/auth/token", wrong).await.refused(401, "invalid_client_credentials");
    tenant
        .admin
        .delete(&tenant.fill("/api/v1/projects/{project_id}/service-accounts/{service_account_id}"))
        .await
        .expect(200);
    account.get(&project).await.refused(401, "token_revoked");
    let right = json!({"client_id": tenant.service_account, "client_secret": tenant.secret});
    running.anonymous().post("/api/v1/auth/token", right).await.refused(401, "invalid_client_credentials");
}

#[tokio::test]
async fn a_page_of_another_origin_is_refused() {
    let running = Running::start().await;
    let admin = running.admin();
    let ask = |name, value: String| admin.send(admin.request(Method::GET, "/api/v1/orgs").header(name, value));
    ask("Origin", "https://evil.example".into()).await.refused(403, "foreign_origin");
    ask("Origin", "null".into()).await.refused(403, "foreign_origin");
    ask("Host", "evil.example".into()).await.refused(403, "foreign_origin");
    ask("Origin", format!("http://{}", running.address())).await.expect(200);
}

#[tokio::test]
async fn a_stale_precondition_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}", tenant.organization);
    let tag = tenant.admin.get(&path).await.header("etag").to_owned();
    let patch = |name: &str, tag: &str| {
        let request = tenant.admin.mutation(Method::PATCH, &path).header("If-Match", tag);
        tenant.admin.send(request.json(&json!({"display_name": name})))
    };
    let changed = patch("Acme 2", &tag).await;
    assert_ne!(changed.header("etag"), tag);
    let current = changed.header("etag").to_owned();
    changed.expect(200);
    patch("Acme 3", &tag).await.refused(412, "precondition_failed");
    patch("Acme 3", &current).await.expect(200);
    patch("Acme 4", "*").await.expect(200);
}

#[tokio::test]
async fn an_action_on_a_resource_of_another_version_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::stocked(&running, "acme").await;
    let operator = running.admin();
    for (client, template, body) in [
        (&tenant.admin, "/api/v1/apps/catalog/{app_slug}/versions/{app_version_id}/publish", None),
        (&tenant.admin, "/api/v1/projects/{project_id}/service-accounts/{service_account_id}/secrets", Some(json!({}))),
        (&operator, "/api/v1/skus/{sku_id}/retire", None),
    ] {
        let act = async |version: &str| {
            let request = client.mutation(Method::POST, &tenant.fill(template)).header("If-Match", version);
            let request = match &body {
                Some(body) => request.json(body),
                None => request,
            };
            client.send(request).await
        };
        act("\"99\"").await.refused(412, "precondition_failed");
        assert!(act("*").await.status.is_success(), "{template}");
    }
}

#[tokio::test]
async fn an_archived_project_takes_nothing_new() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/projects/{}", tenant.project);
    assert_eq!(tenant.admin.delete(&path).await.expect(200)["status"], "archived");
    assert_eq!(tenant.admin.get(&path).await.expect(200)["status"], "archived");
    tenant.admin.patch(&path, json!({"slug": "other"})).await.refused(409, "project_archived");
    let account = json!({"name": "another", "role": "project_viewer"});
    tenant.admin.post(&format!("{path}/service-accounts"), account).await.refused(409, "project_archived");
}

#[tokio::test]
async fn an_id_in_a_body_is_of_its_kind_and_of_this_tenant() {
    let running = Running::start().await;
    let (acme, evil) = (Tenant::stocked(&running, "acme").await, Tenant::stocked(&running, "evil").await);
    let members = format!("/api/v1/projects/{}/members", acme.project);
    let post = |path: &str, body: Value| acme.admin.mutation(Method::POST, path).json(&body);
    let member = |user: &str| post(&members, json!({"user_id": user, "role": "project_viewer"}));
    let allocations = format!("/api/v1/projects/{}/allocations", evil.project);
    let wanted = json!({"sku_id": evil.fill("{sku_id}"), "display_name": "Theirs"});
    let theirs = evil.admin.post(&allocations, wanted).await.expect(201);
    let entitlement = acme.fill("/api/v1/projects/{project_id}/apps/entitlements/{app_slug}");
    acme.admin.put(&entitlement, json!({"enabled": true})).await.expect(200);
    let instances = format!("/api/v1/projects/{}/app-instances", acme.project);
    let launch = |app: &str, allocation: &Value| {
        let target = json!({"target_allocation_id": allocation});
        post(
            &instances,
            json!({"app_slug": app, "app_version": "1", "display_name": "Mine", "placement_intent": target}),
        )
    };
    let refused = |what, request, status, code, field| Case { what, request, status, code, field };
    let cases = vec![
        refused("another kind", member(&acme.project), 422, "invalid_field", Some("user_id")),
        refused("no id", member("ada"), 422, "invalid_field", Some("user_id")),
        refused("nothing's", member("user_00000000000000000000000000"), 404, "not_found", Some("user_id")),
        refused("nobody's", member("user_01h2e8kqvbfwea724h75qc655w"), 404, "not_found", None),
        refused("another tenant's allocation", launch("acme-lab", &theirs["id"]), 404, "not_found", None),
        refused("another tenant's app", launch("evil-lab", &theirs["id"]), 404, "not_found", None),
    ];
    check(&acme.admin, &running, cases).await;
}

#[tokio::test]
async fn a_disabled_user_is_given_nothing() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let user = format!("/api/v1/users/{}", tenant.stranger);
    running.admin().patch(&user, json!({"status": "disabled"})).await.expect(200);
    let member = json!({"user_id": tenant.stranger, "role": "org_member"});
    let members = format!("/api/v1/orgs/{}/members", tenant.organization);
    tenant.admin.post(&members, member).await.refused(409, "user_disabled");
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let running = Running::start().await;
    Tenant::create(&running, "acme").await;
    let again = running.admin().post("/api/v1/orgs", json!({"slug": "acme", "display_name": "Again"})).await;
    again.refused(409, "name_taken");
    assert_eq!(again.body["error"]["fields"][0]["field"], "slug");
}

#[tokio::test]
async fn a_project_takes_members_of_its_organization_only() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/projects/{}/members", tenant.project);
    let stranger = json!({"user_id": tenant.stranger, "role": "project_viewer"});
    tenant.admin.post(&path, stranger.clone()).await.refused(409, "not_a_member");
    let member = json!({"user_id": tenant.stranger, "role": "org_member"});
    tenant.admin.post(&format!("/api/v1/orgs/{}/members", tenant.organization), member).await.expect(201);
    tenant.admin.post(&path, stranger).await.expect(201);
    // A membership of the organization is not one of the project, and the other way round.
    let crossed = format!("{path}/{}", tenant.membership);
    tenant.admin.patch(&crossed, json!({"role": "project_viewer"})).await.refused(404, "not_found");
    let crossed = format!("/api/v1/orgs/{}/members/{}", tenant.organization, tenant.project_membership);
    tenant.admin.delete(&crossed).await.refused(404, "not_found");
}

#[tokio::test]
async fn an_expired_token_and_one_of_another_platform_are_told_apart() {
    use gpuaas_api::keystore::{KeyStore, Tokens, now};
    use gpuaas_domain::Timestamp;
    let running = Running::start().await;
    let keys = KeyStore::open(&running.directory().path().join("keys")).unwrap();
    let origin = running.log().origin().to_owned();
    let tokens = Tokens::new(&keys, &origin);
    let operator = std::fs::read_to_string(running.directory().path().join("admin.token")).unwrap();
    let principal = tokens.read(operator.trim()).unwrap();
    let expired = tokens.sign(principal, Timestamp(0), Timestamp(1_000_000));
    running.client(&expired).get("/api/v1/users/me").await.refused(401, "token_expired");
    let elsewhere = Tokens::new(&keys, "elsewhere.example").sign(principal, now(), now().plus_seconds(60));
    running.client(&elsewhere).get("/api/v1/users/me").await.refused(401, "unauthenticated");
}
