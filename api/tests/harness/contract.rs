//! The document as the tests use it: which operations there are, and whether an answer
//! keeps to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};

use super::Reply;

/// What the answer to a dry run is.
const DRY_RUN: &str = gpuaas_api::http::dry_run::MEDIA_TYPE;
/// What an answer has only where there is something to say.
const AT_TIMES: [&str; 3] = ["Idempotency-Replayed", "Retry-After", "WWW-Authenticate"];

/// An operation of the document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Operation {
    /// In capitals.
    pub(crate) method: String,
    /// Its path with parameters in braces.
    pub(crate) template: String,
}

/// Every operation of the document.
pub(crate) fn operations() -> BTreeSet<Operation> {
    let paths = gpuaas_api::openapi::document()["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(template, item)| {
        let methods = item.as_object().unwrap().keys();
        methods.map(|method| Operation { method: method.to_uppercase(), template: template.clone() })
    });
    operations.collect()
}

/// What was answered well in this process.
static REACHED: Mutex<BTreeSet<Operation>> = Mutex::new(BTreeSet::new());

/// Operations by method and template, of which each was answered well in this process.
pub(crate) fn all_reached(named: &[(&str, &str)]) {
    let reached = REACHED.lock().unwrap();
    let operation =
        |(method, template): &(&str, &str)| Operation { method: (*method).into(), template: (*template).into() };
    let missing: Vec<Operation> = named.iter().map(operation).filter(|named| !reached.contains(named)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Fails unless the document allows this answer to this request. What is not in the
/// document must be refused.
pub(crate) fn check(method: &Method, path: &str, reply: &Reply) {
    let status = reply.status.as_u16();
    let found = operations().into_iter().find(|operation| operation.method == method.as_str() && operation.fits(path));
    let refused = status >= 400;
    if refused {
        check_refusal(reply);
    }
    let Some(operation) = found else { return };
    let is_dry_run = reply.header("content-type") == DRY_RUN;
    if !refused && !is_dry_run {
        REACHED.lock().unwrap().insert(operation.clone());
    }
    let responses =
        &gpuaas_api::openapi::document()["paths"][&operation.template][method.as_str().to_lowercase()]["responses"];
    let key = if refused { format!("{}XX", status / 100) } else { status.to_string() };
    let response = &responses[&key];
    assert!(response.is_object(), "{method} {} may not answer {status}", operation.template);
    if !refused {
        let kind = if is_dry_run { DRY_RUN } else { "application/json" };
        let schema = &response["content"][kind]["schema"];
        let errors: Vec<String> = validator(schema).iter_errors(&reply.body).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{method} {path}: {errors:?} in {}", reply.body);
        // A dry run has no version and no position to tell.
        let told = |header: &&String| {
            let not_here: &[&str] = if is_dry_run { &["ETag", "X-Log-Position"] } else { &[] };
            !not_here.iter().chain(&AT_TIMES).any(|name| name == header)
        };
        for header in response["headers"].as_object().unwrap().keys().filter(told) {
            assert!(reply.headers.contains_key(header), "{method} {path} answers without {header}");
        }
        check_undeclared(&response["headers"], reply, path);
        check_location(reply, path);
    }
}

/// What an answer has at times, and where something new is, is in the document wherever it is sent.
fn check_undeclared(declared: &Value, reply: &Reply, path: &str) {
    for name in AT_TIMES.iter().chain(&["Location"]).filter(|name| reply.headers.contains_key(**name)) {
        assert!(declared[*name].is_object(), "{path} answers {name}, which the document does not have there");
    }
}

/// Where something new is, one resource can be read.
fn check_location(reply: &Reply, path: &str) {
    let Some(location) = reply.headers.get("location").map(|location| location.to_str().unwrap()) else { return };
    let read = operations().into_iter().find(|operation| operation.method == "GET" && operation.fits(location));
    let answer = |read: Operation| {
        &gpuaas_api::openapi::document()["paths"][&read.template]["get"]["responses"]["200"]["headers"]["ETag"]
    };
    assert!(read.map(answer).is_some_and(Value::is_object), "{path} leads to {location}, where no resource is read");
}

/// Whatever is refused has the one shape, with nothing internal in it.
fn check_refusal(reply: &Reply) {
    let envelope = json!({"$ref": "#/components/schemas/ErrorEnvelope"});
    let errors: Vec<String> = validator(&envelope).iter_errors(&reply.body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {} ({})", reply.body, reply.status);
    let refusal = &gpuaas_api::openapi::document()["components"]["responses"]["Refusal"];
    check_undeclared(&refusal["headers"], reply, "a refusal");
    assert_eq!(reply.body["error"]["correlation_id"], reply.header("x-correlation-id"));
    let text = reply.body.to_string();
    for internal in ["panicked", "sqlx", "src/", "struct ", "postgres://"] {
        assert!(!text.contains(internal), "{text}");
    }
}

impl Operation {
    /// Whether a path is one of this template's. `me` is a user's id only in its own template.
    fn fits(&self, path: &str) -> bool {
        let (template, path): (Vec<&str>, Vec<&str>) = (self.template.split('/').collect(), path.split('/').collect());
        let fits = |(wanted, part): (&&str, &&str)| wanted == part || (wanted.starts_with('{') && *part != "me");
        template.len() == path.len() && template.iter().zip(&path).all(fits)
    }
}

/// A validator for a schema that may refer to the document's components.
fn validator(schema: &Value) -> std::sync::Arc<Validator> {
    type Known = Mutex<BTreeMap<String, std::sync::Arc<Validator>>>;
    static KNOWN: LazyLock<Known> = LazyLock::new(Mutex::default);
    let key = schema.to_string();
    let mut known = KNOWN.lock().unwrap();
    known
        .entry(key)
        .or_insert_with(|| {
            let mut rooted = schema.clone();
            rooted["components"] = gpuaas_api::openapi::document()["components"].clone();
            std::sync::Arc::new(jsonschema::draft202012::new(&rooted).unwrap())
        })
        .clone()
}
