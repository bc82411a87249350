//! What all operations have alike, added to each in one place: headers in and out, a dry
//! run, refusals.

use serde_json::{Map, Value, json};

use super::text;
use crate::http::dry_run;

/// Adds what all operations have alike.
pub(super) fn complete(document: &mut Value) {
    add(&mut document["components"], "parameters", parameters());
    add(&mut document["components"], "headers", headers());
    add(&mut document["components"], "responses", json!({"Refusal": refusal()}));
    add(&mut document["components"], "securitySchemes", json!({"bearer": bearer()}));
    document["security"] = json!([{"bearer": []}]);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in paths {
        let post = Post::of(path, item);
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            operation_of(method, path, post, operation);
        }
    }
}

/// What a POST does.
#[derive(Debug, Clone, Copy)]
struct Post {
    /// It makes a resource.
    makes: bool,
    /// It does something to a resource that is there, whose version can be told.
    acts: bool,
}

impl Post {
    /// What is made is answered with 201, or is listed at the same path, or is a task. A secret is made, and is its
    /// account's.
    fn of(path: &str, item: &Value) -> Self {
        let is_answered = item["post"]["responses"]["201"].is_object();
        let makes = is_answered || item["get"].is_object() || path.ends_with("/runtime-status");
        Self { makes, acts: path.contains('{') && (!makes || path.ends_with("/secrets")) }
    }
}

fn operation_of(method: &str, path: &str, post: Post, operation: &mut Value) {
    let own: &[&str] = match method {
        "get" if takes_as_of(path) => &["LogPosition", "AsOf"],
        "get" => &["LogPosition"],
        "post" if !post.acts => &["IdempotencyKey", "DryRun"],
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
    for (status, response) in responses.iter_mut() {
        response["headers"] = success_headers(method, path);
        if method == "post" && post.makes && is_read_alone(path) && ["201", "202"].contains(&status.as_str()) {
            response["headers"]["Location"] = header_reference("Location");
        }
    }
    if method != "get" {
        let tried = responses
            .entry("200")
            .or_insert_with(|| json!({"description": "What a dry run came to", "headers": headers_of(&[])}));
        tried["content"][dry_run::MEDIA_TYPE] = json!({"schema": {"$ref": "#/components/schemas/DryRun"}});
    }
    for range in ["4XX", "5XX"] {
        responses.insert(range.to_owned(), json!({"$ref": "#/components/responses/Refusal"}));
    }
}

/// Whether what a POST to this path makes can be read by itself. What cannot is listed, or belongs to what can.
fn is_read_alone(path: &str) -> bool {
    const NOT: [&str; 6] =
        ["/enrollment-tokens", "/runtime-status", "/secrets", "/token/rotate", "/tokens", "/usage-events"];
    !NOT.iter().any(|end| path.ends_with(end))
}

/// Whether what is at a path is one resource with a version. What only passes through has none, and an
/// entry of the log never changes.
fn is_resource(path: &str) -> bool {
    let is_one = path.ends_with('}') || path.ends_with("/me") || path.ends_with("/ledger");
    is_one && !path.contains("/tunnel/") && !path.contains("/log/entries/")
}

/// Whether what is at a path can be asked for as it was: a resource, or a document of one.
fn takes_as_of(path: &str) -> bool {
    is_resource(path) || path.ends_with("}/document")
}

fn success_headers(method: &str, path: &str) -> Value {
    headers_of(match method {
        "get" if is_resource(path) => &["ETag"],
        "get" => &[],
        _ => &["ETag", "X-Log-Position", "Idempotency-Replayed"],
    })
}

/// These headers, and those of every answer.
fn headers_of(own: &[&str]) -> Value {
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
            "description": "The ETag that the resource must have; where it has another one, nothing is changed.",
            "schema": {"type": "string", "minLength": 1, "pattern": "^(\\*|\"[0-9]{1,16}\")$"}
        },
        "DryRun": {
            "name": "dry_run", "in": "query", "required": false,
            "description": "Decide, and answer what would happen: the events and the checks that would fail. Nothing \
                            is appended, no key is made, and no answer is kept.",
            "schema": {"type": "boolean", "default": false}
        },
        "AsOf": {
            "name": "as_of", "in": "query", "required": false,
            "description": "As it was: at this position of the log, or at this time (RFC 3339). Today's rights count, \
                            and what belongs to other resources is not shown.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 40}
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
        "Location": header("Where the new resource is.", "^/api/v1/"),
        "Idempotency-Replayed": header(
            "Stands where this is the answer to an earlier request with the same key.", "^true$"
        ),
        "Retry-After": header("After how many seconds to try again, where that is known.", "^[0-9]+$"),
        "WWW-Authenticate": header("How to authenticate; with 401 only.", "^Bearer ")
    })
}

fn refusal() -> Value {
    json!({
        "description": "The request was refused; `schemas/errors.yaml` says of each code what it means and what to do.",
        "headers": {
            "X-Correlation-Id": header_reference("X-Correlation-Id"),
            "traceparent": header_reference("traceparent"),
            "Retry-After": header_reference("Retry-After"),
            "WWW-Authenticate": header_reference("WWW-Authenticate")
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
