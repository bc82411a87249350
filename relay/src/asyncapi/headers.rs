//! What comes with an event besides its JSON: the headers of NATS and of webhooks.

use serde_json::{Map, Value, json};

use super::Way;
use crate::http::webhook;
use crate::jetstream::header;

/// The headers of a way, all of which every message has.
pub(super) struct Headers {
    /// What the document calls them.
    pub(super) name: &'static str,
    listed: &'static [Header],
}

struct Header {
    name: &'static str,
    /// What its value looks like.
    pattern: &'static str,
    what: &'static str,
}

const fn listed(name: &'static str, pattern: &'static str, what: &'static str) -> Header {
    Header { name, pattern, what }
}

const COUNT: &str = "^[1-9][0-9]*$";
const HASH: &str = "^[0-9a-f]{64}$";

const JETSTREAM: Headers = Headers {
    name: "jetstreamHeaders",
    listed: &[
        listed(header::LOG, "^[0-9a-f]{32}$", "The log's id."),
        listed(header::GENERATION, COUNT, "The generation of the raw entries when it was published."),
        listed(header::POSITION, COUNT, "Place in the whole log."),
        listed(header::OWNER_SEQUENCE, COUNT, "Place among the owner's entries, gapless."),
        listed(header::HASH, HASH, "The entry's hash: it stands in the organization's export."),
        listed(header::PREVIOUS, HASH, "The hash of the owner's entry before; zeros for the first."),
        listed(header::DIGEST, HASH, "SHA-256 of the message's payload."),
    ],
};

const WEBHOOK: Headers = Headers {
    name: "webhookHeaders",
    listed: &[
        listed(
            webhook::ID,
            "^msg_[0-7][0-9a-hjkmnp-tv-z]{25}_[1-9][0-9]*$",
            "The digits of the webhook's id, and the owner sequence: the same for every attempt, and in a replay.",
        ),
        listed(webhook::TIMESTAMP, "^[0-9]+$", "When this attempt was made, in seconds since 1970."),
        listed(
            webhook::SIGNATURE,
            "^v1a?,[A-Za-z0-9+/]+={0,2}( v1a?,[A-Za-z0-9+/]+={0,2})?$",
            "Over `id.timestamp.body`, in base64: `v1,` HMAC-SHA256, `v1a,` Ed25519. While keys are rotated there are two; one that counts is enough.",
        ),
    ],
};

/// The headers of a way. Server-sent events have none: their lines `id` and `event` are told
/// with the channel.
pub(super) fn of(way: Way) -> Option<Headers> {
    match way {
        Way::JetStream => Some(JETSTREAM),
        Way::ServerSent => None,
        Way::Webhook => Some(WEBHOOK),
    }
}

impl Headers {
    /// Their schema.
    pub(super) fn schema(&self) -> Value {
        let one = |header: &Header| json!({"type": "string", "pattern": header.pattern, "description": header.what});
        let properties: Map<String, Value> =
            self.listed.iter().map(|header| (header.name.to_owned(), one(header))).collect();
        let required: Vec<&str> = self.listed.iter().map(|header| header.name).collect();
        json!({"type": "object", "properties": properties, "required": required})
    }
}
