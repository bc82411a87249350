//! The part of the state that follows the chain and what entries say.

use uuid::Uuid;

use super::appends::Appends;
use super::blobs::Blobs;
use super::checked::{Checked, CheckedBlob};
use super::claims::Claims;
use super::declared::Declared;
use super::streams::Streams;
use crate::checkpoint::VerifierKey;
use crate::declaration::{CREATED, Declaration, LOG_KIND};
use crate::entry::{Cause, Entry};
use crate::fault::{Fault, FaultKind};
use crate::hash::Hash;

/// Which log it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The log's id.
    pub log_id: Uuid,
    /// Its name for the outside.
    pub origin: String,
}

/// Keys that sign checkpoints from a position on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyList {
    /// The entry that put them in force.
    pub since: u64,
    /// The keys.
    pub keys: Vec<VerifierKey>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Contents {
    identity: Option<Identity>,
    entries: u64,
    recorded_at: u64,
    last: Hash,
    keys: Vec<KeyList>,
    declared: Declared,
    streams: Streams,
    appends: Appends,
    claims: Claims,
    blobs: Blobs,
    erased: Vec<u64>,
}

impl Contents {
    pub(super) fn new(expected: Option<Identity>) -> Self {
        Self { identity: expected, ..Self::default() }
    }

    /// Number of entries taken in.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Which log it is, as its first entry says.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref().filter(|_| self.entries > 0)
    }

    /// The lists of keys, in the order in which they came in force.
    #[must_use]
    pub fn keys(&self) -> &[KeyList] {
        &self.keys
    }

    /// Positions whose detached bodies are missing because they were erased, in the
    /// order in which they were.
    #[must_use]
    pub fn erased(&self) -> &[u64] {
        &self.erased
    }

    /// Takes in a blob or detached body.
    pub fn blob(&mut self, blob: &CheckedBlob<'_>) {
        self.blobs.bring(blob);
    }

    /// Checks and takes in the next entry.
    pub fn entry(&mut self, checked: &Checked<'_>) -> Result<(), FaultKind> {
        let entry = &checked.entry;
        self.genesis(checked)?;
        self.chain(entry)?;
        let identity = self.identity.as_ref().ok_or(FaultKind::Genesis)?;
        let kind = self.declared.kind(entry.stream.kind);
        let stream = self.streams.check_owner(entry, kind, identity.log_id)?;
        let kind = kind.ok_or(FaultKind::Event)?;
        let schema = self.declared.schema(entry)?;
        let declaration = match (entry.stream.kind, &checked.declaration) {
            (LOG_KIND, Some(declaration)) => Some(&**declaration),
            (LOG_KIND, None) => return Err(FaultKind::Event),
            _ => None,
        };
        if let Some(declaration) = declaration {
            self.declared.check(declaration, &identity.origin)?;
        }
        if entry.version != stream.version + 1 {
            return Err(FaultKind::StreamVersion);
        }
        self.appends.apply(entry)?;
        for guard in &entry.guards {
            let kind = self.declared.kind(guard.stream.kind);
            self.streams.check_guard(guard, kind)?;
        }
        check_cause(entry, identity.log_id)?;
        self.claims.apply(entry, kind)?;
        match declaration {
            Some(Declaration::SchemaDeclared(schema)) => self.blobs.name_blob(&schema.descriptor)?,
            Some(_) => {}
            None => self.blobs.name_all(entry.payload, entry.position, schema)?,
        }
        self.streams.advance(entry, kind);
        if let Some(declaration) = declaration {
            self.declare(entry.position, declaration);
        }
        self.entries += 1;
        self.recorded_at = entry.recorded_at;
        self.last = checked.hash;
        Ok(())
    }

    /// Position 1 is a good `log.created`, and no other entry is one.
    fn genesis(&mut self, checked: &Checked<'_>) -> Result<(), FaultKind> {
        let entry = &checked.entry;
        if self.entries > 0 {
            return if entry.event == CREATED { Err(FaultKind::Genesis) } else { Ok(()) };
        }
        let Some(Declaration::Created { keys, log_id, origin }) = checked.declaration.as_deref() else {
            return Err(FaultKind::Genesis);
        };
        let found = Identity { log_id: *log_id, origin: origin.clone() };
        let good = entry.owner.is_none()
            && entry.stream.id == *log_id
            && (entry.append.index, entry.append.count) == (0, 1)
            && entry.actor.kind == "system"
            && self.identity.as_ref().is_none_or(|expected| *expected == found);
        if !good {
            return Err(FaultKind::Genesis);
        }
        self.identity = Some(found);
        self.keys = vec![KeyList { since: 1, keys: keys.clone() }];
        Ok(())
    }

    fn chain(&self, entry: &Entry<'_>) -> Result<(), FaultKind> {
        if entry.position != self.entries + 1 {
            return Err(FaultKind::Position);
        }
        if entry.recorded_at < self.recorded_at {
            return Err(FaultKind::Time);
        }
        if entry.prev == self.last { Ok(()) } else { Err(FaultKind::Chain) }
    }

    fn declare(&mut self, position: u64, declaration: &Declaration) {
        match declaration {
            Declaration::KindDeclared { kind, owner } => self.declared.add_kind(kind, *owner),
            Declaration::SchemaDeclared(schema) => self.declared.add_schema(schema),
            Declaration::KeysChanged { keys } => self.keys.push(KeyList { since: position, keys: keys.clone() }),
            Declaration::PayloadErased { positions, .. } => {
                let gone = positions.iter().filter(|erased| **erased < position);
                self.erased.extend(gone.filter(|erased| self.blobs.erase(**erased)));
            }
            Declaration::Created { .. } | Declaration::HeadsCommitted(_) => {}
        }
    }

    /// Checks that the last append is whole, no body is missing and no blob unnamed.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        if self.appends.is_inside_append() {
            return Err(Fault { position: self.entries, kind: FaultKind::Append });
        }
        let missing = self.blobs.missing().next();
        match missing.or(self.blobs.has_unnamed().then_some(self.entries)) {
            Some(position) => Err(Fault { position, kind: FaultKind::Blob }),
            None => Ok(()),
        }
    }
}

/// A cause in this log precedes the append; one elsewhere is an entry of another log.
fn check_cause(entry: &Entry<'_>, log_id: Uuid) -> Result<(), FaultKind> {
    let good = match entry.cause {
        Cause::None => true,
        Cause::Here(position) => (1..entry.position.saturating_sub(entry.append.index)).contains(&position),
        Cause::Elsewhere { log_id: other, position, .. } => other != log_id && position > 0,
    };
    if good { Ok(()) } else { Err(FaultKind::Cause) }
}
