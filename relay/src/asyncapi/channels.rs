//! Where events are sent: a JetStream subject for each type, and the HTTP streams with all of them.

use serde_json::{Map, Value, json};

use super::{Type, message, owners};

/// An HTTP stream of events, by its name in the document.
struct Feed {
    name: &'static str,
    address: &'static str,
    parameter: &'static str,
    what: &'static str,
}

const FEEDS: [Feed; 2] = [
    Feed {
        name: "organizationEvents",
        address: "/api/v1/orgs/{org_id}/events",
        parameter: "org_id",
        what: "Everything that happens in an organization, as server-sent events.",
    },
    Feed {
        name: "projectEvents",
        address: "/api/v1/projects/{project_id}/events",
        parameter: "project_id",
        what: "What happens in a project, as server-sent events.",
    },
];

/// Where a client connects.
pub(super) fn servers() -> Value {
    let host = |default: &str| json!({"host": {"default": default, "description": "Host and port."}});
    json!({
        "jetstream": {
            "host": "{host}", "protocol": "nats", "variables": host("127.0.0.1:4222"),
            "description": "NATS with JetStream, where the operator has one. The stream is EVENTS."
        },
        "http": {
            "host": "{host}", "protocol": "http", "variables": host("127.0.0.1:7070"),
            "description": "The REST API, which also has every event of the past."
        }
    })
}

/// Every channel.
pub(super) fn channels(types: &[Type]) -> Map<String, Value> {
    let mut channels = Map::new();
    for listed in types {
        let channel = channels.entry(listed.entry.event).or_insert_with(|| subject(listed));
        channel["messages"][&listed.key()] = reference(&listed.key());
    }
    channels.extend(FEEDS.iter().map(|feed| (feed.name.to_owned(), stream(feed, types))));
    channels
}

/// Sending, for every channel: the platform sends and does not listen.
pub(super) fn operations(types: &[Type]) -> Map<String, Value> {
    let names = types.iter().map(|listed| listed.entry.event).chain(FEEDS.iter().map(|feed| feed.name));
    let sent = |name: &str| json!({"action": "send", "channel": {"$ref": format!("#/channels/{name}")}});
    names.map(|name| (format!("send.{name}"), sent(name))).collect()
}

fn subject(listed: &Type) -> Value {
    json!({
        "address": format!("gpuaas.{{organization}}.{}", listed.entry.event),
        "description": format!("Events {} of JetStream; they are {}.", listed.entry.event, owners(listed.kind)),
        "servers": [{"$ref": "#/servers/jetstream"}],
        "parameters": {"organization": {
            "description": "Id of the organization that the event belongs to, or `platform`.",
            "examples": ["org_01h2e8kqvbfwea724h75qc655w", "platform"]
        }},
        "messages": {}
    })
}

fn stream(feed: &Feed, types: &[Type]) -> Value {
    let mut messages: Map<String, Value> =
        types.iter().map(Type::key).map(|key| (key.clone(), reference(&key))).collect();
    messages.insert(message::END.to_owned(), reference(message::END));
    json!({
        "address": feed.address,
        "description": feed.what,
        "servers": [{"$ref": "#/servers/http"}],
        "parameters": {feed.parameter: {"description": "Id of it, as the REST API has it."}},
        "messages": messages
    })
}

fn reference(message: &str) -> Value {
    json!({"$ref": format!("#/components/messages/{message}")})
}
