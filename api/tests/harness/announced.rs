//! What is sent of its own accord is what the document of the events announces.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::Value;

static DOCUMENT: LazyLock<Value> = LazyLock::new(gpuaas_relay::asyncapi::document);

/// Panics unless a channel has this message, with such headers and such JSON.
pub(crate) fn check_announced(channel: &str, event: &str, headers: &Value, json: &Value) {
    let message = resolved(&DOCUMENT["channels"][channel]["messages"][event]);
    assert!(message["payload"].is_object(), "{channel} has no message {event}");
    for (part, said) in [("headers", headers), ("payload", json)] {
        let schema = &message[part];
        if schema.is_null() {
            continue;
        }
        let faults: Vec<String> = validator(schema).iter_errors(said).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{channel}, {event}, {part}: {faults:?}: {said}");
    }
}

/// What a part of the document is, if it only refers to it.
fn resolved(part: &'static Value) -> &'static Value {
    match part["$ref"].as_str() {
        Some(path) => DOCUMENT.pointer(path.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

fn validator(schema: &'static Value) -> Arc<Validator> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let made = || Arc::new(jsonschema::draft7::new(resolved(schema)).unwrap());
    KNOWN.lock().unwrap().entry(schema.to_string()).or_insert_with(made).clone()
}
