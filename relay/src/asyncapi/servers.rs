//! Where events come from, and where they are sent to.

use serde_json::{Value, json};

use super::reference;
use crate::jetstream::EVENTS;

/// NATS, where the operator has one.
pub(super) const JETSTREAM: &str = "jetstream";
/// The platform's own.
pub(super) const HTTP: &str = "http";
/// A subscriber's, to which webhooks lead.
pub(super) const RECEIVER: &str = "receiver";

const BEARER: &str = "bearer";

/// Each of them.
pub(super) fn servers() -> Value {
    let host = |default: &str| json!({"host": {"default": default, "description": "Host and port."}});
    json!({
        JETSTREAM: {
            "host": "{host}", "protocol": "nats", "variables": host("127.0.0.1:4222"),
            "description": format!("NATS with JetStream, where the operator has one; who may read which subject is \
                                    decided there. The stream is {EVENTS}.")
        },
        HTTP: {
            "host": "{host}", "protocol": "http", "variables": host("127.0.0.1:7070"),
            "description": "The REST API, which also has every event of the past.",
            "security": [reference("components/securitySchemes", BEARER)]
        },
        RECEIVER: {
            "host": "{host}", "protocol": "https",
            "variables": {"host": {
                "description": "Host and port of the webhook's URL.", "examples": ["hooks.example.org"]
            }},
            "description": "A subscriber's server, which takes what is sent to its webhook. Without TLS only where \
                            the operator lists the host."
        }
    })
}

/// What a client shows to the REST API.
pub(super) fn security_schemes() -> Value {
    json!({BEARER: {
        "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
        "description": "A token, as the REST API takes it. The stream ends when it stops counting."
    }})
}
