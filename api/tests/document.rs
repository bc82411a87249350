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
