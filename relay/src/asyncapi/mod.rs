//! The AsyncAPI 3 document of the public events, made from the one list of event types.
//!
//! `schemas/asyncapi.yaml` is the same, committed; a test fails when it drifts. What it is not
//! for: routes, which are in the OpenAPI document, and what the mirror has besides the events,
//! which is in `docs/subscribing/jetstream.md`.

mod channels;
mod headers;
mod message;
mod schema;
mod servers;
#[cfg(test)]
mod tests;

use gpuaas_domain::{Kind, KindOwner, SchemaEntry};
use serde_json::{Map, Value, json};

use crate::types;

/// A public event type with what the domain says of it.
struct Type {
    kind: Kind,
    entry: SchemaEntry,
}

impl Type {
    /// What it is called in the document. The version of its shape is no part of that: a later
    /// shape takes the place of an earlier one, and has all that the earlier had.
    fn key(&self) -> &'static str {
        self.entry.event
    }

    /// Whether an organization can own it. What is the platform's alone goes out over NATS only.
    fn can_be_in_organization(&self) -> bool {
        match self.kind.owner() {
            KindOwner::Platform => false,
            KindOwner::Organization | KindOwner::Either => true,
        }
    }
}

/// The ways by which an event comes. Its JSON is the same by each; what comes with it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A message of NATS JetStream.
    JetStream,
    /// A server-sent event.
    ServerSent,
    /// A request to a webhook.
    Webhook,
}

impl Way {
    const ALL: [Self; 3] = [Self::JetStream, Self::ServerSent, Self::Webhook];

    /// What the document calls a message that comes this way.
    fn message(self, key: &str) -> String {
        let way = match self {
            Self::JetStream => "jetstream",
            Self::ServerSent => "sse",
            Self::Webhook => "webhook",
        };
        format!("{way}.{key}")
    }

    /// Whether an event can come this way.
    fn has(self, listed: &Type) -> bool {
        match self {
            Self::JetStream => true,
            Self::ServerSent | Self::Webhook => listed.can_be_in_organization(),
        }
    }
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let types: Vec<Type> = types::entries().into_iter().map(|(kind, entry)| Type { kind, entry }).collect();
    json!({
        // The newest that the parser of AsyncAPI knows; it says so where there is a newer one.
        "asyncapi": "3.1.0",
        "info": {
            "title": "GPUaaS events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What happens on the platform, as it happens. Every event is an entry of the log; its position \
                            and owner sequence lead back to that entry, which can be checked. The log is the truth, and a \
                            subscriber that notices a gap in the owner sequence reads the missing events over HTTP. Times \
                            in payloads (format `unix-micros`) are microseconds since the Unix epoch, UTC. Payloads may \
                            get more fields, and their words more values.",
            "license": {"name": "Apache-2.0"}
        },
        "defaultContentType": "application/json",
        "servers": servers::servers(),
        "channels": channels::channels(&types),
        "operations": channels::operations(&types),
        "components": {
            "schemas": schemas(&types),
            "messages": messages(&types),
            "securitySchemes": servers::security_schemes()
        }
    })
}

fn schemas(types: &[Type]) -> Map<String, Value> {
    let mut schemas: Map<String, Value> =
        types.iter().map(|listed| (listed.key().to_owned(), schema::event(listed))).collect();
    schemas.extend(
        Way::ALL.into_iter().filter_map(headers::of).map(|headers| (headers.name.to_owned(), headers.schema())),
    );
    schemas
}

fn messages(types: &[Type]) -> Map<String, Value> {
    let by = |way: Way| types.iter().filter(move |listed| way.has(listed)).map(move |listed| (way, listed));
    let named = |(way, listed): (Way, &Type)| (way.message(listed.key()), message::event(way, listed));
    let mut messages: Map<String, Value> = Way::ALL.into_iter().flat_map(by).map(named).collect();
    messages.insert(Way::ServerSent.message(crate::http::END), message::end());
    messages
}

/// A reference to a part of the document.
fn reference(part: &str, name: &str) -> Value {
    json!({"$ref": format!("#/{part}/{name}")})
}
