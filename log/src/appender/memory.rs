//! What an appender keeps in memory of the committed log: the head, the owners' last
//! entries, the tree's frontier, what is declared, and what it remembers of streams,
//! claims and commands.

use uuid::Uuid;

use super::cache::Cache;
use super::declared::Declared;
use super::overlay::Overlay;
use crate::append::StreamId;
use crate::checkpoint::VerifierKey;
use crate::declaration::{CREATED, Declaration, HEADS_COMMITTED, LOG_KIND};
use crate::entry::{Entry, PayloadRef, StoredEntry, StreamRef};
use crate::hash::Hash;
use crate::state::Identity;
use crate::store::{ClaimKey, Facts, FoundCommand, HeadRow, LogStore, StoreError, StreamEnd, Wanted};
use crate::tree::{Frontier, HeadsTree};

/// The committed log, as far as an appender needs it.
#[derive(Debug)]
pub(super) struct Memory {
    pub identity: Identity,
    pub head: HeadRow,
    pub tree: Frontier,
    pub owners: HeadsTree,
    pub declared: Declared,
    pub keys: Vec<VerifierKey>,
    /// Version of the log's own stream.
    pub log_version: u64,
    /// Position of the last committed heads; 0 if none are known since it was loaded.
    pub last_heads: u64,
    pub streams: Cache<StreamId, Option<StreamEnd>>,
    pub claims: Cache<ClaimKey, Option<StreamId>>,
    pub commands: Cache<Uuid, FoundCommand>,
    pub idempotency: Cache<Hash, FoundCommand>,
    pub blobs: Cache<Hash, ()>,
}

/// The store no longer holds what this process saw in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lost(pub String);

impl Memory {
    /// A log before its first entry.
    pub(super) fn empty(identity: Identity, head: HeadRow, remembered: usize) -> Self {
        Self {
            identity,
            head,
            tree: Frontier::new(),
            owners: HeadsTree::new(),
            declared: Declared::default(),
            keys: Vec::new(),
            log_version: 0,
            last_heads: 0,
            streams: Cache::new(remembered),
            claims: Cache::new(remembered),
            commands: Cache::new(remembered),
            idempotency: Cache::new(remembered),
            blobs: Cache::new(remembered),
        }
    }

    /// Reads the log that is there; `None` if there is none. What other processes append
    /// meanwhile is read twice, which does no harm: [`Memory::take_in`] goes in order.
    pub(super) async fn load(store: &dyn LogStore, remembered: usize) -> Result<Option<Self>, StoreError> {
        let head = store.head().await?.row;
        if head.position == 0 {
            return Ok(None);
        }
        let last_heads = if ends_on_heads(store, &head).await? { head.position } else { 0 };
        let declarations = store.declarations().await?;
        let identity = identity(declarations.first())?;
        let log_stream = StreamId::new(LOG_KIND, identity.log_id);
        let mut memory = Self { last_heads, ..Self::empty(identity, head, remembered) };
        memory.tree = Frontier::from_parts(memory.head.position, memory.head.frontier.clone())
            .ok_or_else(|| StoreError::Damaged("the frontier is not of the log's size".into()))?;
        for stored in &declarations {
            let entry = decode(stored)?;
            memory.take_in_declaration(&entry)?;
        }
        for stored in store.owner_ends(crate::encoding::MAX_INTEGER).await? {
            let entry = decode(&stored)?;
            memory.owners.update(entry.owner, entry.owner_sequence, stored.hash());
        }
        let wanted = Wanted { streams: vec![log_stream], ..Wanted::default() };
        let facts = store.facts(&wanted).await?;
        memory.log_version = facts.streams.first().copied().flatten().map_or(0, |end| end.version);
        Ok(Some(memory))
    }

    /// Takes in an entry that another process wrote, or this one without knowing.
    pub(super) fn take_in(&mut self, stored: &StoredEntry) -> Result<(), Lost> {
        let entry = decode(stored).map_err(|error| Lost(error.to_string()))?;
        if entry.position != self.head.position + 1 || entry.prev != self.head.hash {
            return Err(Lost(format!("entry {} does not follow from what this process saw", stored.position)));
        }
        let hash = stored.hash();
        self.take_in_declaration(&entry).map_err(|error| Lost(error.to_string()))?;
        self.take_in_append(&entry);
        self.owners.update(entry.owner, entry.owner_sequence, hash);
        let end = StreamEnd { version: entry.version, owner: entry.owner };
        self.streams.put(owned(entry.stream), Some(end));
        self.tree.push_leaf(&stored.bytes);
        self.head.position = entry.position;
        self.head.hash = hash;
        self.head.recorded_at = entry.recorded_at;
        Ok(())
    }

    fn take_in_append(&mut self, entry: &Entry<'_>) {
        if entry.append.index != 0 {
            return;
        }
        let found = FoundCommand {
            command_id: entry.append.command_id,
            positions: entry.position..=entry.position + entry.append.count - 1,
            recorded_at: entry.recorded_at,
            idempotency: entry.command.idempotency,
            request: entry.command.request,
        };
        if let Some(hash) = entry.command.idempotency {
            self.idempotency.put(hash, found.clone());
        }
        self.commands.put(found.command_id, found);
        for claim in &entry.claims {
            let holder = claim.takes.then(|| owned(entry.stream));
            self.claims.put((claim.scope.to_owned().into(), claim.name), holder);
        }
    }

    fn take_in_declaration(&mut self, entry: &Entry<'_>) -> Result<(), StoreError> {
        let (LOG_KIND, PayloadRef::Inline(payload)) = (entry.stream.kind, entry.payload) else { return Ok(()) };
        let declaration = Declaration::decode(entry.event, payload)
            .map_err(|error| StoreError::Damaged(format!("entry {}: {error}", entry.position)))?;
        self.log_version = entry.version;
        self.declare(entry.position, declaration);
        Ok(())
    }

    fn declare(&mut self, position: u64, declaration: Declaration) {
        match &declaration {
            Declaration::Created { keys, .. } | Declaration::KeysChanged { keys } => self.keys.clone_from(keys),
            Declaration::HeadsCommitted(_) => self.last_heads = position,
            Declaration::KindDeclared { .. } | Declaration::SchemaDeclared(_) | Declaration::PayloadErased { .. } => {}
        }
        self.declared.take_in(declaration);
    }

    /// Takes in what this process has committed.
    pub(super) fn settle(&mut self, overlay: Overlay) {
        let Overlay { head, tree, owners, streams, claims, commands, idempotency, blobs, declarations } = overlay;
        let fence = self.head.fence;
        self.head = HeadRow { fence, ..head };
        self.tree = tree;
        for (owner, head) in owners {
            self.owners.update(owner, head.owner_sequence, head.hash);
        }
        for (stream, end) in streams {
            self.streams.put(stream, Some(end));
        }
        for (key, claim) in claims {
            self.claims.put(key, claim.holder);
        }
        for (hash, command) in idempotency {
            if let Some(found) = commands.get(&command) {
                self.idempotency.put(hash, found.clone());
            }
        }
        for (command, found) in commands {
            self.commands.put(command, found);
        }
        for digest in blobs {
            self.blobs.put(digest, ());
        }
        for (position, declaration) in declarations {
            self.log_version += 1;
            self.declare(position, declaration);
        }
    }

    /// Remembers the answers to questions.
    pub(super) fn remember(&mut self, wanted: Wanted, facts: Facts) {
        for (stream, end) in wanted.streams.into_iter().zip(facts.streams) {
            self.streams.put(stream, end);
        }
        for (key, holder) in wanted.claims.into_iter().zip(facts.claims) {
            self.claims.put(key, holder);
        }
        for found in facts.commands.into_iter().flatten() {
            self.commands.put(found.command_id, found);
        }
        for (hash, found) in wanted.idempotency.into_iter().zip(facts.idempotency) {
            if let Some(found) = found {
                self.idempotency.put(hash, found);
            }
        }
        for (digest, is_here) in wanted.blobs.into_iter().zip(facts.blobs) {
            if is_here {
                self.blobs.put(digest, ());
            }
        }
    }
}

/// Whether the last entry commits heads. The head row must be of that entry: a database
/// that was put together from parts of different times is found here.
async fn ends_on_heads(store: &dyn LogStore, head: &HeadRow) -> Result<bool, StoreError> {
    let last = store.entries(head.position - 1, 1).await?.into_iter().next();
    let last = last.filter(|last| last.position == head.position && last.hash() == head.hash);
    let last = last.ok_or_else(|| StoreError::Damaged("the head is not of the last entry".into()))?;
    Ok(decode(&last)?.event == HEADS_COMMITTED)
}

fn identity(first: Option<&StoredEntry>) -> Result<Identity, StoreError> {
    let stored = first.ok_or_else(|| StoreError::Damaged("the first entry is missing".into()))?;
    let entry = decode(stored)?;
    match (entry.event, entry.payload) {
        (CREATED, PayloadRef::Inline(payload)) => match Declaration::decode(CREATED, payload) {
            Ok(Declaration::Created { log_id, origin, .. }) => Ok(Identity { log_id, origin }),
            Ok(_) | Err(_) => Err(StoreError::Damaged("the first entry is not a good log.created".into())),
        },
        _ => Err(StoreError::Damaged("the first entry is not log.created".into())),
    }
}

fn decode(stored: &StoredEntry) -> Result<Entry<'_>, StoreError> {
    stored.entry().map_err(|error| StoreError::Damaged(format!("entry {}: {error}", stored.position)))
}

fn owned(stream: StreamRef<'_>) -> StreamId {
    StreamId::new(stream.kind.to_owned(), stream.id)
}
