//! Puts entries on the chain.

use std::collections::HashMap;
use std::io::{self, Write};

use gpuaas_log::entry::{
    ActorRef, AppendRef, Cause, CommandRef, DecisionRef, Entry, Few, GuardRef, Owner, PayloadRef, StreamRef,
};
use gpuaas_log::export::WholeWriter;
use gpuaas_log::hash::Hash;
use gpuaas_log::tree::{Frontier, Head, HeadsTree};
use uuid::Uuid;

/// The first entry's time.
const BEGINNING: u64 = 1_795_000_000_000_000;

/// An entry that is to come.
pub(super) struct New<'a> {
    pub(super) owner: Owner,
    pub(super) stream: StreamRef<'a>,
    pub(super) event: &'a str,
    pub(super) payload: &'a [u8],
}

/// What the first entry of an append carries besides.
pub(super) struct Command<'a> {
    pub(super) name: &'a str,
    pub(super) actor: Uuid,
    pub(super) guards: Vec<StreamRef<'a>>,
}

/// The log so far.
pub(super) struct Chain {
    log_id: Uuid,
    position: u64,
    last: Hash,
    heads: HeadsTree,
    tree: Frontier,
    versions: HashMap<Uuid, u64>,
    commands: u64,
}

impl Chain {
    pub(super) fn new(log_id: Uuid) -> Self {
        Self {
            log_id,
            position: 0,
            last: Hash::ZERO,
            heads: HeadsTree::new(),
            tree: Frontier::new(),
            versions: HashMap::new(),
            commands: 0,
        }
    }

    pub(super) fn log_id(&self) -> Uuid {
        self.log_id
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn root(&self) -> Hash {
        self.tree.root()
    }

    /// Number of owners, and the root over their heads.
    pub(super) fn heads(&mut self) -> (u64, Hash) {
        (self.heads.len(), self.heads.root())
    }

    /// Appends an entry that the log itself makes.
    pub(super) fn append_own(&mut self, export: &mut WholeWriter<impl Write>, new: New<'_>) -> io::Result<()> {
        let common = Common {
            command_id: self.next_command(),
            count: 1,
            command: "log.write",
            actor: ActorRef { kind: "system", id: None, token: None, on_behalf_of: None },
            decision: None,
        };
        self.put(export, &new, &common, 0, None, Few::new())
    }

    /// Appends the entries of a person's command, with an idempotency hash and guards.
    pub(super) fn append(
        &mut self,
        export: &mut WholeWriter<impl Write>,
        command: &Command<'_>,
        entries: &[New<'_>],
    ) -> io::Result<()> {
        let command_id = self.next_command();
        let rule_set = Hash::of_blob(b"the rules");
        let common = Common {
            command_id,
            count: entries.len() as u64,
            command: command.name,
            actor: ActorRef {
                kind: "service_account",
                id: Some(command.actor),
                token: Some(command.actor),
                on_behalf_of: None,
            },
            decision: Some(DecisionRef { rule_set, rules: ["project-member"].into_iter().collect() }),
        };
        let mut guards: Vec<GuardRef<'_>> = command
            .guards
            .iter()
            .map(|stream| GuardRef { stream: *stream, version: self.version(stream.id) })
            .collect();
        guards.sort_unstable();
        for (index, new) in entries.iter().enumerate() {
            let idempotency = (index == 0).then(|| Hash::of_blob(command_id.as_bytes()));
            let guards = guards.drain(..).collect();
            self.put(export, new, &common, index as u64, idempotency, guards)?;
        }
        Ok(())
    }

    fn version(&self, stream: Uuid) -> u64 {
        self.versions.get(&stream).copied().unwrap_or_default()
    }

    /// Ids as a server makes them: of the time, then random.
    fn next_command(&mut self) -> Uuid {
        self.commands += 1;
        let random = Hash::of_blob(&self.commands.to_be_bytes()).0;
        let [a, b, c, d, e, f, g, h, i, j, ..] = random;
        uuid::Builder::from_unix_timestamp_millis(
            BEGINNING / 1_000 + self.commands / 8,
            &[a, b, c, d, e, f, g, h, i, j],
        )
        .into_uuid()
    }

    fn put(
        &mut self,
        export: &mut WholeWriter<impl Write>,
        new: &New<'_>,
        common: &Common<'_>,
        index: u64,
        idempotency: Option<Hash>,
        guards: Few<GuardRef<'_>>,
    ) -> io::Result<()> {
        let head = self.heads.head(new.owner).unwrap_or(Head::NONE);
        let version = self.version(new.stream.id) + 1;
        self.position += 1;
        let entry = Entry {
            position: self.position,
            recorded_at: BEGINNING + self.commands * 125,
            owner: new.owner,
            owner_sequence: head.owner_sequence + 1,
            owner_prev: head.hash,
            stream: new.stream,
            version,
            event: new.event,
            schema: 1,
            append: AppendRef { command_id: common.command_id, index, count: common.count },
            command: CommandRef { name: common.command, idempotency, request: idempotency },
            actor: common.actor,
            decision: common.decision.clone(),
            trace: *common.command_id.as_bytes(),
            cause: Cause::None,
            guards,
            claims: Vec::new(),
            payload: PayloadRef::Inline(new.payload),
            prev: self.last,
        };
        let bytes = entry.encode();
        self.last = Hash::of_entry(&bytes);
        self.heads.update(new.owner, head.owner_sequence + 1, self.last);
        self.tree.push_leaf(&bytes);
        self.versions.insert(new.stream.id, version);
        export.entry(&bytes)
    }
}

/// What all entries of an append carry.
struct Common<'a> {
    command_id: Uuid,
    count: u64,
    command: &'a str,
    actor: ActorRef<'a>,
    decision: Option<DecisionRef<'a>>,
}
