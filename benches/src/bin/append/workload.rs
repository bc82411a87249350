//! What is appended: each caller changes projects of organizations of its own, one event
//! an append, on the word of the organization and of a member.

use anyhow::Result;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use gpuaas_log::append::{Actor, Append, Decision, Guard, Metadata, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::appender::{Declarations, Genesis, KindDeclaration, SchemaDeclaration};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::declaration::KindOwner;
use gpuaas_log::entry::Cause;
use gpuaas_log::hash::Hash;
use gpuaas_log::log::Log;
use gpuaas_log::payload;
use rand::rngs::SmallRng;
use rand::{Rng as _, RngCore as _, SeedableRng as _};
use serde::Serialize;
use uuid::{Builder, Uuid};

pub(super) const CALLERS: u64 = 64;
pub(super) const ORGANIZATIONS: u64 = 10_000;
/// Changes of each organization's project.
pub(super) const CHANGES: u64 = 30;
const ORIGIN: &str = "bench.example/log";

/// The log that is appended to.
pub(super) fn genesis() -> Result<Genesis> {
    let signer = Signer::from_seed(ORIGIN, &[7; 32])?;
    let kinds = ["organization", "project", "member"];
    let events = ["organization.created", "project.created", "project.changed", "member.added"];
    let kind = |kind: &'static str| KindDeclaration { kind: kind.into(), owner: KindOwner::Organization };
    let schema = |event: &'static str| SchemaDeclaration {
        event: event.into(),
        schema: 1,
        blobs: Vec::new(),
        descriptor: br#"{"type":"object"}"#.to_vec(),
    };
    Ok(Genesis {
        origin: ORIGIN.to_owned(),
        log_id: Uuid::from_u128(1),
        keys: vec![signer.verifier().clone()],
        declarations: Declarations { kinds: kinds.map(kind).into(), schemas: events.map(schema).into() },
    })
}

#[derive(Serialize)]
struct Fields {
    name: &'static str,
    number: u64,
}

fn event(event: &'static str, number: u64) -> NewEvent {
    let fields = payload::encode(&Fields { name: "a name of ordinary length", number });
    let payload = NewPayload::Inline(fields.expect("text and a number can be encoded"));
    NewEvent { event: event.into(), schema: 1, payload }
}

/// The one of a kind that an organization has.
fn stream(kind: &'static str, organization: u64) -> StreamId {
    match kind {
        "project" => StreamId::new(kind, id(organization + ORGANIZATIONS)),
        "member" => StreamId::new(kind, id(organization + 2 * ORGANIZATIONS)),
        _ => StreamId::new(kind, id(organization)),
    }
}

fn id(number: u64) -> Uuid {
    Uuid::from_u64_pair(0x0190_0000_0000_7000, number + 1)
}

/// Ids and hashes as a server makes them.
struct Random(SmallRng);

impl Random {
    fn command_id(&mut self) -> Uuid {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let mut bytes = [0; 10];
        self.0.fill_bytes(&mut bytes);
        Builder::from_unix_timestamp_millis(now.as_millis() as u64, &bytes).into_uuid()
    }

    fn metadata(&mut self) -> Metadata {
        Metadata {
            command: "project.change".into(),
            idempotency: Some(Hash(self.0.random())),
            request: Some(Hash(self.0.random())),
            actor: Actor { kind: "user".into(), id: Some(id(1)), token: Some(id(2)), on_behalf_of: None },
            decision: Some(Decision { rule_set: Hash([3; 32]), rules: vec!["organization.member".into()] }),
            trace: self.0.random(),
            cause: Cause::None,
        }
    }

    fn append(&mut self, streams: Vec<StreamAppend>) -> Append {
        let (command_id, metadata) = (self.command_id(), self.metadata());
        Append { command_id, metadata, streams, guards: Vec::new(), claims: Vec::new(), blobs: Vec::new() }
    }
}

/// Each organization with a project and a member.
pub(super) async fn create_organizations(log: &Log) -> Result<()> {
    let create = |organization| async move {
        let owner = Some(id(organization));
        let on = |kind, name| {
            let events = vec![event(name, 0)];
            StreamAppend { stream: stream(kind, organization), owner, expected: 0, events }
        };
        let mut random = Random(SmallRng::seed_from_u64(organization));
        log.append(random.append(vec![
            on("organization", "organization.created"),
            on("project", "project.created"),
            on("member", "member.added"),
        ]))
        .await
    };
    stream::iter((0..ORGANIZATIONS).map(create)).buffer_unordered(256).try_for_each(|_| async { Ok(()) }).await?;
    Ok(())
}

/// One of the callers: its appends, each of which expects that the one before was made.
pub(super) struct Caller {
    random: Random,
    number: u64,
    /// The organization whose turn it is.
    organization: u64,
    /// The version that the projects of this round are at.
    version: u64,
}

impl Caller {
    pub(super) fn new(number: u64) -> Self {
        let random = Random(SmallRng::seed_from_u64(ORGANIZATIONS + number));
        Self { random, number, organization: number, version: 1 }
    }
}

impl Iterator for Caller {
    type Item = Append;

    fn next(&mut self) -> Option<Append> {
        if self.version > CHANGES {
            return None;
        }
        let (organization, version) = (self.organization, self.version);
        self.organization += CALLERS;
        if self.organization >= ORGANIZATIONS {
            (self.organization, self.version) = (self.number, self.version + 1);
        }
        let mut append = self.random.append(vec![StreamAppend {
            stream: stream("project", organization),
            owner: Some(id(organization)),
            expected: version,
            events: vec![event("project.changed", version)],
        }]);
        append.guards =
            ["organization", "member"].map(|kind| Guard { stream: stream(kind, organization), version: 1 }).into();
        Some(append)
    }
}
