//! A message of the stream `EVENTS`, as far as it can be checked by itself.

use async_nats::HeaderMap;
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

const OWNER_SEQUENCE: &str = "Gpuaas-Owner-Sequence";
const POSITION: &str = "Gpuaas-Position";
const HASH: &str = "Gpuaas-Hash";
const PREVIOUS: &str = "Gpuaas-Previous";
const DIGEST: &str = "Gpuaas-Digest";

/// An event that arrived whole. That it is the log's is not shown by this.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Arrived {
    pub(super) owner_sequence: u64,
    pub(super) position: u64,
    pub(super) hash: String,
    pub(super) previous: String,
    pub(super) event: Value,
}

impl Arrived {
    /// Reads a message; `None` if it is none of ours, or was damaged on its way.
    pub(super) fn read(headers: Option<&HeaderMap>, payload: &[u8]) -> Option<Self> {
        let text = |name: &str| headers?.get(name).map(|value| value.as_str());
        if text(DIGEST)? != HEXLOWER.encode(&Sha256::digest(payload)) {
            return None;
        }
        let event: Value = serde_json::from_slice(payload).ok()?;
        let arrived = Self {
            owner_sequence: text(OWNER_SEQUENCE)?.parse().ok()?,
            position: text(POSITION)?.parse().ok()?,
            hash: text(HASH)?.to_owned(),
            previous: text(PREVIOUS)?.to_owned(),
            event,
        };
        let agrees =
            arrived.event["owner_sequence"] == arrived.owner_sequence && arrived.event["position"] == arrived.position;
        agrees.then_some(arrived)
    }
}
