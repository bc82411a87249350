//! Where events are sent: a JetStream subject for each type, the HTTP streams, and webhooks.

use gpuaas_domain::KindOwner;
use serde_json::{Map, Value, json};

use super::{Type, Way, reference, servers};
use crate::http::END;
use crate::jetstream::{EVENTS, PLATFORM, subject_under};
use crate::place;

/// A stream of server-sent events, by its name in the document.
struct Feed {
    name: &'static str,
    address: &'static str,
    parameter: &'static str,
    what: &'static str,
    has: fn(&Type) -> bool,
}

const FEEDS: [Feed; 2] = [
    Feed {
        name: "organizationEvents",
        address: "/api/v1/orgs/{org_id}/events",
        parameter: "org_id",
        what: "Everything that happens in an organization, as server-sent events.",
        has: Type::can_be_in_organization,
    },
    Feed {
        name: "projectEvents",
        address: "/api/v1/projects/{project_id}/events",
        parameter: "project_id",
        what: "What happens in a project, as server-sent events.",
        has: |listed| listed.can_be_in_organization() && place::can_be_in_project(listed.kind),
    },
];

/// What is true of every stream of server-sent events.
const FRAMES: &str = "The line `event` is the type, `data` the message, `id` the owner sequence. The first frame is an \
                      `id` alone: where the stream begins. Whoever sends the header Last-Event-ID goes on after that \
                      event.";

/// The name of the channel to webhooks.
const WEBHOOKS: &str = "webhookDeliveries";

const DELIVERY: &str = "Events of an organization, each as an HTTP POST to the URL of each webhook whose filter lets it \
                        through, one at a time and in the order of the log. The URL is the whole address. A status of \
                        2xx says that it was taken; 410 disables the webhook; anything else, and no answer within 20 \
                        seconds, is tried again for days, under the same webhook-id. Redirects are not followed.";

/// The version of AsyncAPI's bindings for HTTP.
const BINDING: &str = "0.3.0";

/// Every channel.
pub(super) fn channels(types: &[Type]) -> Map<String, Value> {
    let mut channels: Map<String, Value> =
        types.iter().map(|listed| (listed.entry.event.to_owned(), subject(listed))).collect();
    channels.extend(FEEDS.iter().map(|feed| (feed.name.to_owned(), stream(feed, types))));
    channels.insert(WEBHOOKS.to_owned(), deliveries(types));
    channels
}

/// Sending, for every channel: the platform sends and does not listen.
///
/// NATS has no binding here: all that AsyncAPI knows of it is the queue of whoever listens.
pub(super) fn operations(types: &[Type]) -> Map<String, Value> {
    let plain = types.iter().map(|listed| (listed.entry.event, sent(listed.entry.event)));
    let streams =
        FEEDS.iter().map(|feed| (feed.name, over_http(feed.name, json!({"method": "GET", "query": query()}))));
    let webhooks = (WEBHOOKS, over_http(WEBHOOKS, json!({"method": "POST"})));
    plain.chain(streams).chain([webhooks]).map(|(name, sent)| (format!("send.{name}"), sent)).collect()
}

fn sent(channel: &str) -> Value {
    json!({"action": "send", "channel": reference("channels", channel)})
}

fn over_http(channel: &str, mut binding: Value) -> Value {
    binding["bindingVersion"] = BINDING.into();
    let mut operation = sent(channel);
    operation["bindings"] = json!({"http": binding});
    operation
}

/// What can be asked of a stream. A test holds it against the REST API's document.
fn query() -> Value {
    let name = |what: &str| json!({"type": "string", "maxLength": 64, "description": what});
    let place = |what: &str| json!({"type": "integer", "minimum": 0, "description": what});
    json!({"type": "object", "properties": {
        "kind": name("Of this kind of resource only, for example `project`."),
        "event": name("Of this type only, for example `project.created`."),
        "after": place("Begin after the event with this id; 0: with the first. Left out: with what happens from now on."),
        "after_position": place("Begin after this position of the whole log. It does not go with `after`.")
    }})
}

fn subject(listed: &Type) -> Value {
    let Type { kind, entry } = listed;
    let owner = kind.owner();
    let (token, whose) = match owner {
        KindOwner::Platform => (PLATFORM, "the platform's"),
        KindOwner::Organization => ("{organization}", "an organization's"),
        KindOwner::Either => ("{organization}", "an organization's or the platform's"),
    };
    let mut channel = json!({
        "address": subject_under(token, kind.as_str(), entry.event),
        "description": format!("Events {} of the stream {EVENTS}; they are {whose}.", entry.event),
        "servers": [reference("servers", servers::JETSTREAM)],
        "messages": messages(Way::JetStream, [listed])
    });
    if let Some(organization) = organization(owner) {
        channel["parameters"] = json!({"organization": organization});
    }
    channel
}

/// What stands for an organization in an address; `None`: nothing does.
fn organization(owner: KindOwner) -> Option<Value> {
    const EXAMPLE: &str = "org_01h2e8kqvbfwea724h75qc655w";
    let id = "Id of the organization that the event belongs to";
    match owner {
        KindOwner::Platform => None,
        KindOwner::Organization => Some(json!({"description": format!("{id}."), "examples": [EXAMPLE]})),
        KindOwner::Either => {
            Some(json!({"description": format!("{id}, or `{PLATFORM}`."), "examples": [EXAMPLE, PLATFORM]}))
        }
    }
}

fn stream(feed: &Feed, types: &[Type]) -> Value {
    let mut messages = messages(Way::ServerSent, types.iter().filter(|listed| (feed.has)(listed)));
    messages.insert(END.to_owned(), reference("components/messages", &Way::ServerSent.message(END)));
    json!({
        "address": feed.address,
        "description": format!("{} {FRAMES}", feed.what),
        "servers": [reference("servers", servers::HTTP)],
        "parameters": {feed.parameter: {"description": "Id of it, as the REST API has it."}},
        "messages": messages
    })
}

fn deliveries(types: &[Type]) -> Value {
    json!({
        "address": null,
        "description": DELIVERY,
        "servers": [reference("servers", servers::RECEIVER)],
        "messages": messages(Way::Webhook, types.iter().filter(|listed| Way::Webhook.has(listed)))
    })
}

fn messages<'t>(way: Way, types: impl IntoIterator<Item = &'t Type>) -> Map<String, Value> {
    let named = |key: &str| (key.to_owned(), reference("components/messages", &way.message(key)));
    types.into_iter().map(Type::key).map(named).collect()
}
