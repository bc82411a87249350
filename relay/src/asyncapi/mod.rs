//! The AsyncAPI 3 document of the public events, made from the one list of event types.
//!
//! `schemas/asyncapi.yaml` is the same, committed; a test fails when it drifts. What it is not
//! for: routes, which are in the OpenAPI document.

mod channels;
mod message;

use gpuaas_domain::{Kind, KindOwner, SchemaEntry};
use serde_json::{Map, Value, json};

use crate::types;

/// A public event type with what the domain says of it.
struct Type {
    kind: Kind,
    entry: SchemaEntry,
}

impl Type {
    /// Its name with the version of its shape, unique in the document.
    fn key(&self) -> String {
        format!("{}.v{}", self.entry.event, self.entry.schema)
    }
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let types: Vec<Type> = types::entries().into_iter().map(|(kind, entry)| Type { kind, entry }).collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "GPUaaS events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What happens on the platform, as it happens. Every event is an entry of the log; its position \
                            and owner sequence lead back to that entry, which can be checked. The log is the truth, and a \
                            subscriber that notices a gap in the owner sequence reads the missing events over HTTP.",
            "license": {"name": "Apache-2.0"}
        },
        "defaultContentType": "application/json",
        "servers": channels::servers(),
        "channels": channels::channels(&types),
        "operations": channels::operations(&types),
        "components": {"messages": messages(&types)}
    })
}

fn messages(types: &[Type]) -> Map<String, Value> {
    let mut messages: Map<String, Value> = types.iter().map(|listed| (listed.key(), message::event(listed))).collect();
    messages.insert(message::END.to_owned(), message::end());
    messages
}

/// Whose events of a kind can be.
fn owners(kind: Kind) -> &'static str {
    match kind.owner() {
        KindOwner::Platform => "the platform's",
        KindOwner::Organization => "an organization's",
        KindOwner::Either => "an organization's or the platform's",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_type_is_a_message_of_one_channel_that_is_sent() {
        let document = document();
        let object = |name: &str| document[name].as_object().unwrap().clone();
        for listed in types::all() {
            let key = format!("{}.v{}", listed.event, listed.schema);
            assert!(document["components"]["messages"][&key]["payload"].is_object(), "{key}");
            let channel = &object("channels")[listed.event];
            assert!(channel["messages"][&key].is_object(), "{key}");
            assert!(channel["address"].as_str().unwrap().ends_with(listed.event), "{key}");
        }
        let sent: BTreeSet<String> =
            object("operations").values().map(|sent| sent["channel"]["$ref"].as_str().unwrap().to_owned()).collect();
        assert_eq!(sent.len(), object("channels").len());
    }
}
