//! A log that a test makes entry by entry, each checked as it comes.

use std::io::Cursor;

use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use gpuaas_log::declaration::{Declaration, HeadsCommitted, KindOwner, SchemaDeclared};
use gpuaas_log::entry::{
    ActorRef, AppendRef, Cause, ClaimRef, CommandRef, DecisionRef, Entry, GuardRef, Owner, PayloadRef, StreamRef,
};
use gpuaas_log::export::WholeWriter;
use gpuaas_log::fault::Fault;
use gpuaas_log::hash::Hash;
use gpuaas_log::state::{Checked, CheckedBlob, LogState};
use gpuaas_log::tree::{Frontier, Head, HeadsTree};
use gpuaas_log::verify::{Options, Report, VerifyError, verify};
use uuid::Uuid;

pub(crate) const ORIGIN: &str = "example.org/log";
pub(crate) const LOG: Uuid = Uuid::from_u128(1);
pub(crate) const ORGANIZATION: Uuid = Uuid::from_u128(2);
/// An empty map.
pub(crate) const EMPTY: &[u8] = &[0x80];

/// The signer with this seed.
pub(crate) fn signer(seed: u8) -> Signer {
    Signer::from_seed(ORIGIN, &[seed; 32]).expect("the origin is good")
}

/// An entry to come. The chain fills in what follows from the entries before.
#[derive(Clone)]
pub(crate) struct Draft<'a> {
    pub(crate) owner: Owner,
    pub(crate) stream: StreamRef<'a>,
    pub(crate) event: &'a str,
    pub(crate) schema: u64,
    /// Index and count.
    pub(crate) append: (u64, u64),
    pub(crate) cause: Cause,
    pub(crate) guards: Vec<GuardRef<'a>>,
    pub(crate) claims: Vec<ClaimRef<'a>>,
    pub(crate) payload: PayloadRef<'a>,
}

/// An event with an empty payload, of the organization if its kind is not `node`.
pub(crate) fn draft<'a>(kind: &'a str, id: u128, event: &'a str) -> Draft<'a> {
    Draft {
        owner: (kind != "node" && kind != "log").then_some(ORGANIZATION),
        stream: StreamRef { kind, id: Uuid::from_u128(id) },
        event,
        schema: 1,
        append: (0, 1),
        cause: Cause::None,
        guards: Vec::new(),
        claims: Vec::new(),
        payload: PayloadRef::Inline(EMPTY),
    }
}

enum Part {
    Blob(Vec<u8>),
    Entry(Vec<u8>),
}

/// The log so far.
pub(crate) struct SmallLog {
    parts: Vec<Part>,
    state: LogState,
    position: u64,
    command: u128,
    last: Hash,
    heads: HeadsTree,
    tree: Frontier,
    versions: Vec<(String, Uuid, u64)>,
}

impl SmallLog {
    /// Created, with nothing declared.
    pub(crate) fn created() -> Self {
        let mut log = Self {
            parts: Vec::new(),
            state: LogState::new(None),
            position: 0,
            command: 0,
            last: Hash::ZERO,
            heads: HeadsTree::new(),
            tree: Frontier::new(),
            versions: Vec::new(),
        };
        let keys = vec![signer(1).verifier().clone()];
        log.declare(&Declaration::Created { keys, log_id: LOG, origin: ORIGIN.to_owned() }).expect("it is good");
        log
    }

    /// With the kinds `organization`, `project` and `node`, an event of each (that of
    /// projects may name a blob in `manifest`), and an organization.
    pub(crate) fn begun() -> Self {
        let mut log = Self::created();
        for (kind, owner) in [
            ("organization", KindOwner::Organization),
            ("project", KindOwner::Organization),
            ("node", KindOwner::Platform),
        ] {
            log.declare(&Declaration::KindDeclared { kind: kind.to_owned(), owner }).expect("it is good");
        }
        log.bring(b"{}");
        for event in ["organization.created", "project.changed", "node.changed"] {
            log.declare(&schema(event)).expect("it is good");
        }
        log.push(&draft("organization", 2, "organization.created")).expect("it is good");
        log
    }

    /// Brings a blob or detached body.
    pub(crate) fn bring(&mut self, bytes: &[u8]) {
        self.state.blob(&CheckedBlob::new(bytes));
        self.parts.push(Part::Blob(bytes.to_vec()));
    }

    /// Appends an entry of the log's own.
    pub(crate) fn declare(&mut self, declaration: &Declaration) -> Result<(), Fault> {
        let payload = declaration.encode();
        let own = draft("log", 1, declaration.event());
        self.push(&Draft { payload: PayloadRef::Inline(&payload), ..own })
    }

    /// Appends the heads as they are, as this part of an append.
    pub(crate) fn commit_heads(&mut self, append: (u64, u64)) -> Result<(), Fault> {
        let heads = HeadsCommitted { owners: self.heads.len(), root: self.heads.root(), size: self.position };
        let payload = Declaration::HeadsCommitted(heads).encode();
        let own = draft("log", 1, "log.heads_committed");
        self.push(&Draft { append, payload: PayloadRef::Inline(&payload), ..own })
    }

    /// Appends an entry. Answers what the state says of it.
    pub(crate) fn push(&mut self, draft: &Draft<'_>) -> Result<(), Fault> {
        let bytes = self.encode(draft);
        let checked = Checked::new(&bytes).expect("what a draft makes can be decoded");
        self.state.entry(&checked)?;
        self.position += 1;
        self.last = checked.hash;
        self.heads.update(draft.owner, checked.entry.owner_sequence, checked.hash);
        self.tree.push_hash(checked.leaf);
        self.versions.push((draft.stream.kind.to_owned(), draft.stream.id, checked.entry.version));
        self.parts.push(Part::Entry(bytes));
        Ok(())
    }

    /// The log's length.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// What the state says after the last entry.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        self.state.finish()
    }

    /// The checkpoint of the log as it is.
    pub(crate) fn checkpoint(&self, seeds: &[u8]) -> SignedCheckpoint {
        let signers: Vec<Signer> = seeds.iter().map(|seed| signer(*seed)).collect();
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: self.tree.size(), root: self.tree.root() };
        SignedCheckpoint::sign(checkpoint, &signers.iter().collect::<Vec<_>>())
    }

    /// Exports and verifies the log.
    pub(crate) fn verify(&self, checkpoints: &[SignedCheckpoint]) -> Result<Report, VerifyError> {
        self.verify_against(checkpoints, &Options::default())
    }

    /// Exports and verifies the log against something.
    pub(crate) fn verify_against(
        &self,
        checkpoints: &[SignedCheckpoint],
        options: &Options,
    ) -> Result<Report, VerifyError> {
        let mut writer = WholeWriter::new(Vec::new(), LOG, ORIGIN, self.position).expect("memory");
        for part in &self.parts {
            match part {
                Part::Blob(bytes) => writer.blob(bytes).expect("memory"),
                Part::Entry(bytes) => writer.entry(bytes).expect("memory"),
            }
        }
        let file = writer.finish(checkpoints).expect("memory");
        verify(&mut Cursor::new(file), options, &mut |_| {})
    }

    fn encode(&mut self, draft: &Draft<'_>) -> Vec<u8> {
        let head = self.heads.head(draft.owner).unwrap_or(Head::NONE);
        let of_stream = |(kind, id, _): &&(String, Uuid, u64)| kind == draft.stream.kind && *id == draft.stream.id;
        let version = self.versions.iter().rev().find(of_stream).map_or(0, |(_, _, version)| *version);
        if draft.append.0 == 0 {
            self.command += 1;
        }
        let entry = Entry {
            position: self.position + 1,
            recorded_at: 7,
            owner: draft.owner,
            owner_sequence: head.owner_sequence + 1,
            owner_prev: head.hash,
            stream: draft.stream,
            version: version + 1,
            event: draft.event,
            schema: draft.schema,
            append: AppendRef {
                command_id: Uuid::from_u128(self.command),
                index: draft.append.0,
                count: draft.append.1,
            },
            command: CommandRef { name: "test.write", idempotency: None, request: None },
            actor: ActorRef { kind: "system", id: None, token: None, on_behalf_of: None },
            decision: Some(DecisionRef { rule_set: Hash::ZERO, rules: ["a", "b"].into_iter().collect() }),
            trace: [1; 16],
            cause: draft.cause,
            guards: draft.guards.iter().copied().collect(),
            claims: draft.claims.clone(),
            payload: draft.payload,
            prev: self.last,
        };
        entry.encode()
    }
}

/// The declaration of an event's first schema, described by the blob `{}`.
pub(crate) fn schema(event: &str) -> Declaration {
    let blobs = if event == "project.changed" { vec!["manifest".to_owned()] } else { Vec::new() };
    let descriptor = Hash::of_blob(b"{}");
    Declaration::SchemaDeclared(SchemaDeclared { event: event.to_owned(), schema: 1, descriptor, blobs })
}
