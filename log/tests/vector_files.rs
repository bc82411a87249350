//! The files in `log/vectors`, which another program made from the format's text.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use gpuaas_log::entry::{
    ActorRef, AppendRef, Cause, ClaimRef, CommandRef, DecisionRef, Entry, GuardRef, PayloadRef, StreamRef,
};
use gpuaas_log::hash::Hash;
use serde_json::Value;
use uuid::Uuid;

/// `vectors.json`.
pub(crate) static VECTORS: LazyLock<Value> = LazyLock::new(|| {
    let text = fs::read(path("vectors.json")).expect("the vectors are in the repository");
    serde_json::from_slice(&text).expect("the vectors are JSON")
});

/// A file beside `vectors.json`.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)
}

/// The bytes of a file beside `vectors.json`.
pub(crate) fn file(name: &str) -> Vec<u8> {
    fs::read(path(name)).expect("the vectors are in the repository")
}

/// The members of an array.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

/// Text.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// An integer ≥ 0.
pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().expect("an integer")
}

/// Bytes in hex.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value)).expect("hex")
}

/// A hash in hex.
pub(crate) fn hash(value: &Value) -> Hash {
    Hash::from_slice(&bytes(value)).expect("32 bytes")
}

/// The bytes of all entries of `good.gpulog`.
pub(crate) fn entries() -> Vec<Vec<u8>> {
    list(&VECTORS["entries"]).iter().map(|entry| bytes(&entry["bytes"])).collect()
}

/// The entry that `fields` describes; `payload` is the inline payload, decoded from hex.
pub(crate) fn entry<'a>(fields: &'a Value, payload: &'a [u8]) -> Entry<'a> {
    let claims = list(&fields["claims"]).iter().map(|claim| ClaimRef {
        takes: number(&claim[0]) == 1,
        scope: text(&claim[1]),
        name: hash(&claim[2]),
    });
    let guards =
        list(&fields["guards"]).iter().map(|guard| GuardRef { stream: stream(guard), version: number(&guard[2]) });
    Entry {
        position: number(&fields["position"]),
        recorded_at: number(&fields["recorded_at"]),
        owner: some(&fields["owner"], id),
        owner_sequence: number(&fields["owner_sequence"]),
        owner_prev: hash(&fields["owner_prev"]),
        stream: stream(&fields["stream"]),
        version: number(&fields["version"]),
        event: text(&fields["event"]),
        schema: number(&fields["schema"]),
        append: append(&fields["append"]),
        command: command(&fields["command"]),
        actor: actor(&fields["actor"]),
        decision: some(&fields["decision"], decision),
        trace: *id(&fields["trace"]).as_bytes(),
        cause: cause(&fields["cause"]),
        guards: guards.collect(),
        claims: claims.collect(),
        payload: match &fields["payload"] {
            Value::Array(detached) => PayloadRef::Detached { digest: hash(&detached[0]), length: number(&detached[1]) },
            _ => PayloadRef::Inline(payload),
        },
        prev: hash(&fields["prev"]),
    }
}

fn some<'a, T>(value: &'a Value, read: impl Fn(&'a Value) -> T) -> Option<T> {
    (!value.is_null()).then(|| read(value))
}

/// An id in hex.
pub(crate) fn id(value: &Value) -> Uuid {
    Uuid::from_slice(&bytes(value)).expect("16 bytes")
}

fn stream(value: &Value) -> StreamRef<'_> {
    StreamRef { kind: text(&value[0]), id: id(&value[1]) }
}

fn append(value: &Value) -> AppendRef {
    AppendRef { command_id: id(&value[0]), index: number(&value[1]), count: number(&value[2]) }
}

fn command(value: &Value) -> CommandRef<'_> {
    CommandRef { name: text(&value[0]), idempotency: some(&value[1], hash), request: some(&value[2], hash) }
}

fn actor(value: &Value) -> ActorRef<'_> {
    ActorRef {
        kind: text(&value[0]),
        id: some(&value[1], id),
        token: some(&value[2], id),
        on_behalf_of: some(&value[3], stream),
    }
}

fn decision(value: &Value) -> DecisionRef<'_> {
    DecisionRef { rule_set: hash(&value[0]), rules: list(&value[1]).iter().map(text).collect() }
}

fn cause(value: &Value) -> Cause {
    match value {
        Value::Null => Cause::None,
        Value::Number(_) => Cause::Here(number(value)),
        _ => Cause::Elsewhere { log_id: id(&value[0]), position: number(&value[1]), hash: hash(&value[2]) },
    }
}
