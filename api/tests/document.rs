//! The committed document is the one that the handlers make.

use std::path::Path;

use serde_json::{Value, json};

#[test]
fn the_committed_document_has_not_drifted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/openapi.json");
    let made = gpuaas_api::openapi::text();
    if std::env::var_os("GPUAAS_BLESS").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == made, "schemas/openapi.json has drifted: GPUAAS_BLESS=1 writes it anew");
}

#[test]
fn every_operation_says_how_it_refuses() {
    let document = gpuaas_api::openapi::document();
    assert_eq!(document["openapi"].as_str().map(|version| &version[..3]), Some("3.1"));
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            assert!(operation["operationId"].is_string(), "{operation}");
            for range in ["4XX", "5XX"] {
                assert_eq!(operation["responses"][range]["$ref"], "#/components/responses/Refusal", "{operation}");
            }
        }
    }
}

/// What is told once, or proves who somebody is: clients print none of it.
const SECRETS: [&str; 5] = ["access_token", "bearer", "client_secret", "secret", "token"];

#[test]
fn a_text_that_is_a_secret_is_marked_as_one() {
    let schemas = gpuaas_api::openapi::document()["components"]["schemas"].as_object().unwrap();
    let fields = schemas.iter().flat_map(|(name, schema)| {
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties.map(move |(field, schema)| (format!("{name}.{field}"), field.as_str(), schema))
    });
    let is_text = |schema: &Value| schema["type"] == "string" || schema["type"] == json!(["string", "null"]);
    let secrets = fields.filter(|(_, field, schema)| SECRETS.contains(field) && is_text(schema));
    let marks: Vec<(String, bool)> = secrets.map(|(name, _, schema)| (name, schema["format"] == "password")).collect();
    assert_eq!(marks.len(), 7, "{marks:?}");
    assert!(marks.iter().all(|(_, is_marked)| *is_marked), "{marks:?}");
}

/// What makes something, or is about nothing that has a version: here `If-Match` would name no resource.
const WITHOUT_A_VERSION: [&str; 27] = [
    "/api/v1/admin/token/rotate",
    "/api/v1/apps",
    "/api/v1/apps/catalog/{app_slug}/artifacts",
    "/api/v1/apps/catalog/{app_slug}/versions",
    "/api/v1/auth/token",
    "/api/v1/evidence-bundles",
    "/api/v1/log/keys/rotate",
    "/api/v1/nodes",
    "/api/v1/nodes/{node_id}/enrollment-tokens",
    "/api/v1/nodes/{node_id}/runtime-status",
    "/api/v1/orgs",
    "/api/v1/orgs/{org_id}/invoices",
    "/api/v1/orgs/{org_id}/ledger",
    "/api/v1/orgs/{org_id}/members",
    "/api/v1/orgs/{org_id}/projects",
    "/api/v1/orgs/{org_id}/webhooks",
    "/api/v1/price-books",
    "/api/v1/projects/{project_id}/allocations",
    "/api/v1/projects/{project_id}/app-instances",
    "/api/v1/projects/{project_id}/members",
    "/api/v1/projects/{project_id}/service-accounts",
    "/api/v1/skus",
    "/api/v1/usage-events",
    "/api/v1/usage-units",
    "/api/v1/users",
    "/api/v1/users/me/tokens",
    "/api/v1/users/{user_id}/tokens",
];

#[test]
fn an_action_on_a_resource_takes_the_version_that_it_must_have() {
    let paths = gpuaas_api::openapi::document()["paths"].as_object().unwrap();
    let takes_none = |(path, item): (&'static String, &'static Value)| {
        let parameters = item["post"]["parameters"].as_array()?;
        let takes = parameters.iter().any(|parameter| parameter["$ref"] == "#/components/parameters/IfMatch");
        (!takes).then_some(path.as_str())
    };
    let found: Vec<&str> = paths.iter().filter_map(takes_none).collect();
    assert_eq!(found, WITHOUT_A_VERSION);
}
