//! What all operations have alike, added to each in one place: headers in and out, a dry
//! run, refusals.

use serde_json::{Map, Value, json};

use super::text;

/// Adds what all operations have alike.
pub(super) fn complete(document: &mut Value) {
    add(&mut document["components"], "parameters", parameters());
    add(&mut document["components"], "headers", headers());
    add(&mut document["components"], "responses", json!({"Refusal": refusal()}));
    add(&mut document["components"], "securitySchemes", json!({"bearer": bearer()}));
    document["security"] = json!([{"bearer": []}]);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            operation_of(method, path, operation);
        }
    }
}

fn operation_of(method: &str, path: &str, operation: &mut Value) {
    let own: &[&str] = match method {
        "get" => &["LogPosition"],
        "post" => &["IdempotencyKey", "DryRun"],
        _ => &["IdempotencyKey", "IfMatch", "DryRun"],
    };
    let all = own.iter().chain(&["CorrelationId", "TraceParent"]);
    let references = all.map(|name| json!({"$ref": format!("#/components/parameters/{name}")}));
    if !operation["parameters"].is_array() {
        operation["parameters"] = json!([]);
    }
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.iter_mut().for_each(text::bound);
        parameters.extend(references);
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for (_, response) in responses.iter_mut() {
        response["headers"] = success_headers(method, path);
    }
    if let Some(created) = responses.get("201").cloned() {
        let mut tried = created;
        tried["description"] = json!("What a dry run would have made");
        responses.insert("200".to_owned(), tried);
        responses["201"]["headers"]["Location"] = header_reference("Location");
    }
    if let Some(accepted) = responses.get("202").cloned() {
        let mut tried = accepted;
        tried["description"] = json!("What a dry run would have asked for");
        responses.insert("200".to_owned(), tried);
    }
    for range in ["4XX", "5XX"] {
        responses.insert(range.to_owned(), json!({"$ref": "#/components/responses/Refusal"}));
    }
}

fn success_headers(method: &str, path: &str) -> Value {
    let is_list = method == "get" && !path.ends_with('}') && !path.ends_with("/me") && !path.ends_with("/ledger");
    // What only passes through has no version.
    let is_list = is_list || path.contains("/tunnel/");
    let own: &[&str] = match method {
        "get" if is_list => &[],
        "get" => &["ETag"],
        _ => &["ETag", "X-Log-Position"],
    };
    let names = own.iter().chain(&["X-Correlation-Id", "traceparent"]);
    Value::Object(names.map(|name| ((*name).to_owned(), header_reference(name))).collect())
}

fn header_reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

fn add(components: &mut Value, section: &str, more: Value) {
    let Value::Object(more) = more else { return };
    if !components[section].is_object() {
        components[section] = Value::Object(Map::new());
    }
    if let Some(section) = components[section].as_object_mut() {
        section.extend(more);
    }
}

fn parameters() -> Value {
    json!({
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "Makes a repetition safe: the same key with the same request gets the first answer.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
            "example": "0af7651916cd43dd"
        },
        "IfMatch": {
            "name": "If-Match", "in": "header", "required": false,
            "description": "The ETag that the resource must have.",
            "schema": {"type": "string", "minLength": 1, "pattern": "^(\\*|\"[0-9]{1,16}\")$"}
        },
        "DryRun": {
            "name": "dry_run", "in": "query", "required": false,
            "description": "Decide and answer, but change nothing.",
            "schema": {"type": "boolean", "default": false}
        },
        "LogPosition": {
            "name": "X-Log-Position", "in": "header", "required": false,
            "description": "Answer as of this position or later, which an earlier answer told. Opaque.",
            "schema": {"type": "string", "maxLength": 64}
        },
        "CorrelationId": {
            "name": "X-Correlation-Id", "in": "header", "required": false,
            "description": "The trace id of the request, if traceparent does not say it.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{31}[1-9a-f]$"}
        },
        "TraceParent": {
            "name": "traceparent", "in": "header", "required": false,
            "description": "W3C trace context. What is none begins a new trace.",
            "schema": {"type": "string"}
        }
    })
}

fn headers() -> Value {
    let header = |description: &str, pattern: &str| json!({"description": description, "schema": {"type": "string", "pattern": pattern}});
    json!({
        "ETag": header("The version of the resource.", "^\"[0-9]+\"$"),
        "X-Log-Position": header("Where the log stands after the change. Opaque.", "^[A-Za-z0-9_-]+$"),
        "X-Correlation-Id": header("The trace id of the request.", "^[0-9a-f]{32}$"),
        "traceparent": header("W3C trace context.", "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"),
        "Location": header("Where the new resource is.", "^/api/v1/")
    })
}

fn refusal() -> Value {
    json!({
        "description": "The request was refused; `schemas/errors.yaml` says of each code what it means and what to do.",
        "headers": {
            "X-Correlation-Id": header_reference("X-Correlation-Id"),
            "traceparent": header_reference("traceparent")
        },
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}}
    })
}

fn bearer() -> Value {
    json!({
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "The admin token, a personal token, or a service account's token from /api/v1/auth/token."
    })
}
