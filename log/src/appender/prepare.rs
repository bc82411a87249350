//! What can be said of an append without the log: format rules and sizes. Done in the
//! caller's task, before the queue, so that one bad value never reaches a batch.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::options::AppenderOptions;
use crate::append::{
    Actor, Append, AppendError, ClaimChange, Decision, Guard, Metadata, Name, NewEvent, NewPayload, StreamAppend,
    StreamId,
};
use crate::declaration::LOG_KIND;
use crate::encoding::{MAX_INTEGER, check_payload};
use crate::entry::{Cause, DETACHED_SALT, MAX_BYTES, Owner, PayloadRef};
use crate::hash::Hash;
use crate::name::{event_is_of_kind, is_kind, is_name, is_rule};

/// An append that keeps every rule that can be checked alone.
#[derive(Debug)]
pub(super) struct Prepared {
    pub command_id: Uuid,
    pub metadata: Metadata,
    pub streams: Vec<PreparedStream>,
    /// Ascending.
    pub guards: Vec<Guard>,
    /// Ascending.
    pub claims: Vec<ClaimChange>,
    pub blobs: Vec<(Hash, Arc<[u8]>)>,
    pub entries: usize,
    /// Bytes that it takes in the queue and in a batch.
    pub cost: usize,
}

#[derive(Debug)]
pub(super) struct PreparedStream {
    pub stream: StreamId,
    pub owner: Owner,
    pub expected: u64,
    pub events: Vec<PreparedEvent>,
}

#[derive(Debug)]
pub(super) struct PreparedEvent {
    pub event: Name,
    pub schema: u64,
    pub payload: PreparedPayload,
}

#[derive(Debug)]
pub(super) enum PreparedPayload {
    Inline(Vec<u8>),
    Detached { digest: Hash, body: Arc<[u8]> },
}

impl PreparedPayload {
    /// The fields.
    pub(super) fn fields(&self) -> &[u8] {
        match self {
            Self::Inline(payload) => payload,
            Self::Detached { body, .. } => &body[DETACHED_SALT..],
        }
    }

    /// As it stands in the entry.
    pub(super) fn as_ref(&self) -> PayloadRef<'_> {
        match self {
            Self::Inline(payload) => PayloadRef::Inline(payload),
            Self::Detached { digest, body } => PayloadRef::Detached { digest: *digest, length: body.len() as u64 },
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Inline(payload) => payload.len(),
            Self::Detached { body, .. } => body.len(),
        }
    }
}

/// Checks an append of a caller, who may not write the log's own entries.
pub(super) fn prepare(append: Append, options: &AppenderOptions) -> Result<Prepared, AppendError> {
    if append.streams.iter().any(|stream| stream.stream.kind == LOG_KIND) {
        return Err(invalid("only the log itself appends to the kind log"));
    }
    let prepared = prepare_any(append)?;
    if prepared.entries > options.append_entries {
        return Err(too_large(format!(
            "{} entries, at most {} in an append",
            prepared.entries, options.append_entries
        )));
    }
    if prepared.cost > options.append_bytes {
        return Err(too_large(format!("{} bytes, at most {} in an append", prepared.cost, options.append_bytes)));
    }
    Ok(prepared)
}

/// Checks an append.
pub(super) fn prepare_any(append: Append) -> Result<Prepared, AppendError> {
    let Append { command_id, mut metadata, streams, mut guards, mut claims, blobs } = append;
    require(!command_id.is_nil(), "a command id is not all zero")?;
    check_metadata(&mut metadata)?;
    guards.sort_unstable();
    claims.sort_unstable();
    check_guards(&guards)?;
    check_claims(&claims)?;
    check_streams(&streams)?;
    let streams: Vec<PreparedStream> = streams.into_iter().map(prepare_stream).collect::<Result<_, _>>()?;
    let blobs: Vec<(Hash, Arc<[u8]>)> = blobs.into_iter().map(|blob| (Hash::of_blob(&blob), blob)).collect();
    let mut seen = HashSet::new();
    require(blobs.iter().all(|(digest, _)| seen.insert(*digest)), "a blob twice")?;
    let cost =
        check_sizes(&metadata, &streams, &guards, &claims)? + blobs.iter().map(|(_, blob)| blob.len()).sum::<usize>();
    let entries = streams.iter().map(|stream| stream.events.len()).sum();
    Ok(Prepared { command_id, metadata, streams, guards, claims, blobs, entries, cost })
}

fn check_metadata(metadata: &mut Metadata) -> Result<(), AppendError> {
    require(is_name(&metadata.command), "the command is not a name")?;
    require(metadata.trace != [0; 16], "a trace id is not all zero")?;
    check_actor(&metadata.actor)?;
    match &mut metadata.decision {
        Some(decision) => check_decision(decision)?,
        None => require(
            matches!(&*metadata.actor.kind, "policy" | "system"),
            "only policies and the system act without a decision",
        )?,
    }
    match metadata.cause {
        Cause::None => Ok(()),
        Cause::Here(position) => require((1..=MAX_INTEGER).contains(&position), "a cause is a position, from 1"),
        Cause::Elsewhere { log_id, position, .. } => {
            require(!log_id.is_nil() && position <= MAX_INTEGER, "a cause elsewhere has a log id and a position")
        }
    }
}

fn check_actor(actor: &Actor) -> Result<(), AppendError> {
    require(is_kind(&actor.kind), "the actor's kind is not a kind")?;
    require(actor.id.is_some() || actor.kind == "system", "only the system acts without an id")?;
    require(actor.id != Some(Uuid::nil()) && actor.token != Some(Uuid::nil()), "an id is not all zero")?;
    actor.on_behalf_of.as_ref().map_or(Ok(()), check_stream_id)
}

fn check_decision(decision: &mut Decision) -> Result<(), AppendError> {
    decision.rules.sort_unstable();
    require(decision.rules.iter().all(|rule| is_rule(rule)), "not a rule id")?;
    require(decision.rules.is_sorted_by(|a, b| a < b), "a rule twice")
}

fn check_guards(guards: &[Guard]) -> Result<(), AppendError> {
    for guard in guards {
        check_stream_id(&guard.stream)?;
        require(guard.version <= MAX_INTEGER, "a version is below 2^53")?;
    }
    require(guards.is_sorted_by(|a, b| a.stream < b.stream), "a guard twice")
}

fn check_claims(claims: &[ClaimChange]) -> Result<(), AppendError> {
    require(claims.iter().all(|claim| is_name(&claim.scope)), "a claim's scope is not a name")?;
    require(claims.is_sorted_by(|a, b| (&a.scope, a.name) < (&b.scope, b.name)), "a claim twice")
}

fn check_streams(streams: &[StreamAppend]) -> Result<(), AppendError> {
    require(!streams.is_empty(), "an append has a stream")?;
    if streams.len() > 1 {
        let mut seen = HashSet::new();
        require(streams.iter().all(|stream| seen.insert(&stream.stream)), "a stream twice")?;
    }
    for stream in streams {
        check_stream_id(&stream.stream)?;
        require(stream.owner != Some(Uuid::nil()), "an id is not all zero")?;
        require(!stream.events.is_empty(), "a stream of an append has an event")?;
        require(stream.expected <= MAX_INTEGER - stream.events.len() as u64, "a version is below 2^53")?;
    }
    Ok(())
}

fn check_stream_id(stream: &StreamId) -> Result<(), AppendError> {
    require(is_kind(&stream.kind), "a stream's kind is not a kind")?;
    require(!stream.id.is_nil(), "an id is not all zero")
}

fn prepare_stream(stream: StreamAppend) -> Result<PreparedStream, AppendError> {
    let StreamAppend { stream, owner, expected, events } = stream;
    let events = events.into_iter().map(|event| prepare_event(event, &stream)).collect::<Result<_, _>>()?;
    Ok(PreparedStream { stream, owner, expected, events })
}

fn prepare_event(event: NewEvent, stream: &StreamId) -> Result<PreparedEvent, AppendError> {
    let NewEvent { event, schema, payload } = event;
    require(
        is_name(&event) && event_is_of_kind(&event, &stream.kind),
        "an event's name begins with its stream's kind",
    )?;
    require((1..=MAX_INTEGER).contains(&schema), "a schema is counted from 1")?;
    let payload = match payload {
        NewPayload::Inline(payload) => {
            check_fields(&event, &payload)?;
            PreparedPayload::Inline(payload)
        }
        NewPayload::Detached(payload) => {
            check_fields(&event, &payload)?;
            let salt: [u8; DETACHED_SALT] = rand::random();
            let body: Arc<[u8]> = [&salt[..], &payload].concat().into();
            PreparedPayload::Detached { digest: Hash::of_detached(&body), body }
        }
    };
    Ok(PreparedEvent { event, schema, payload })
}

fn check_fields(event: &str, payload: &[u8]) -> Result<(), AppendError> {
    check_payload(payload).map_err(|error| AppendError::Invalid(format!("the payload of {event}: {error}")))
}

/// Bytes of an entry besides names, payload, guards, claims and rules, with every
/// integer at its longest: so that whether an entry fits does not depend on where it
/// comes to stand.
const FRAME: usize = 512;

/// Bytes of all entries at most. An error if one is too large.
fn check_sizes(
    metadata: &Metadata,
    streams: &[PreparedStream],
    guards: &[Guard],
    claims: &[ClaimChange],
) -> Result<usize, AppendError> {
    let rules = metadata.decision.as_ref().map_or(0, |decision| decision.rules.iter().map(|rule| rule.len() + 2).sum());
    let behalf = metadata.actor.on_behalf_of.as_ref().map_or(0, |stream| stream.kind.len());
    let common = FRAME + metadata.command.len() + metadata.actor.kind.len() + behalf + rules;
    let mut first = guards.iter().map(|guard| guard.stream.kind.len() + 30).sum::<usize>()
        + claims.iter().map(|claim| claim.scope.len() + 38).sum::<usize>();
    let mut total = 0;
    for stream in streams {
        for event in &stream.events {
            let inline = match &event.payload {
                PreparedPayload::Inline(payload) => payload.len(),
                PreparedPayload::Detached { .. } => 0,
            };
            let entry = common + stream.stream.kind.len() + event.event.len() + inline + std::mem::take(&mut first);
            if entry > MAX_BYTES {
                return Err(too_large(format!("{} would have {entry} bytes, at most {MAX_BYTES}", event.event)));
            }
            total += entry - inline + event.payload.len();
        }
    }
    Ok(total)
}

fn require(holds: bool, rule: &'static str) -> Result<(), AppendError> {
    if holds { Ok(()) } else { Err(invalid(rule)) }
}

fn invalid(rule: &'static str) -> AppendError {
    AppendError::Invalid(rule.to_owned())
}

fn too_large(what: String) -> AppendError {
    AppendError::TooLarge(what)
}
