//! The entries that only the log itself writes, and how they come about.

use rand::Rng as _;
use tokio::sync::oneshot;
use uuid::{Builder, Uuid};

use super::declared::Declarations;
use super::memory::Memory;
use super::prepare::{Prepared, prepare_any};
use crate::append::{
    Actor, Append, AppendError, Commanded, Metadata, Name, NewEvent, NewPayload, StreamAppend, StreamId,
};
use crate::checkpoint::VerifierKey;
use crate::declaration::{Declaration, HeadsCommitted, LOG_KIND, LOG_SCHEMA};
use crate::entry::Cause;
use crate::hash::Hash;

/// What the log is asked to say of itself.
#[derive(Debug, Clone)]
pub(crate) enum OwnWork {
    /// Commit the owners' heads, unless the last entry does.
    Heads,
    /// Declare what is not declared yet.
    Declare(Declarations),
    /// Put new keys in force, instead of those of an entry or of whichever are; by command
    /// of somebody, if it is not of the process itself.
    ChangeKeys { keys: Vec<VerifierKey>, replacing: Option<u64>, by: Option<Box<Commanded>> },
    /// Erase detached bodies.
    Erase { positions: Vec<u64>, digests: Vec<Hash>, reason: String },
}

impl OwnWork {
    /// Whose command it is, if it is not the process's own.
    pub(super) fn commanded(&self) -> Option<&Commanded> {
        match self {
            Self::ChangeKeys { by, .. } => by.as_deref(),
            Self::Heads | Self::Declare(_) | Self::Erase { .. } => None,
        }
    }

    /// The entry that put in force the keys that it replaces, if they have to be those.
    pub(super) fn replaced_keys(&self) -> Option<u64> {
        match self {
            Self::ChangeKeys { replacing, .. } => *replacing,
            Self::Heads | Self::Declare(_) | Self::Erase { .. } => None,
        }
    }
}

/// A request with somebody waiting for the position of its last entry.
#[derive(Debug)]
pub(crate) struct OwnRequest {
    pub work: OwnWork,
    pub reply: oneshot::Sender<Result<u64, AppendError>>,
}

impl OwnRequest {
    pub(super) fn answer(self, outcome: Result<u64, AppendError>) {
        let _ = self.reply.send(outcome);
    }
}

/// An append of the log itself, and what it says.
#[derive(Debug)]
pub(super) struct OwnAppend {
    pub append: Prepared,
    pub declarations: Vec<Declaration>,
    /// Digests of the bodies that it erases.
    pub erased: Vec<Hash>,
}

/// What the request comes to on the committed log; `None`: there is nothing to say.
pub(super) fn own_append(work: &OwnWork, memory: &mut Memory, now: u64) -> Result<Option<OwnAppend>, AppendError> {
    let (command, declarations, descriptors, erased) = match work {
        OwnWork::Heads if memory.last_heads == memory.head.position => return Ok(None),
        OwnWork::Heads => {
            ("log.commit_heads", vec![Declaration::HeadsCommitted(heads(memory))], Vec::new(), Vec::new())
        }
        OwnWork::Declare(wanted) => {
            let (missing, descriptors) = memory.declared.missing(wanted)?;
            ("log.declare", missing, descriptors, Vec::new())
        }
        OwnWork::ChangeKeys { keys, .. } if *keys == memory.keys => return Ok(None),
        OwnWork::ChangeKeys { keys, .. } => {
            if keys.iter().any(|key| key.name() != memory.identity.origin) {
                return Err(AppendError::Invalid("a key of another name than the log's origin".into()));
            }
            ("log.change_keys", vec![Declaration::KeysChanged { keys: keys.clone() }], Vec::new(), Vec::new())
        }
        OwnWork::Erase { positions, digests, reason } => {
            let erased = Declaration::PayloadErased { positions: positions.clone(), reason: reason.clone() };
            ("log.erase_payload", vec![erased], Vec::new(), digests.clone())
        }
    };
    if declarations.is_empty() {
        return Ok(None);
    }
    let by = work.commanded().cloned().unwrap_or_else(|| of_system(command));
    let append = append(by, &declarations, descriptors, memory.identity.log_id, memory.log_version, now)?;
    Ok(Some(OwnAppend { append, declarations, erased }))
}

fn heads(memory: &mut Memory) -> HeadsCommitted {
    HeadsCommitted { owners: memory.owners.len(), root: memory.owners.root(), size: memory.head.position }
}

/// An append to the log's own stream.
pub(super) fn append(
    by: Commanded,
    declarations: &[Declaration],
    descriptors: Vec<Vec<u8>>,
    log_id: Uuid,
    version: u64,
    now: u64,
) -> Result<Prepared, AppendError> {
    for declaration in declarations {
        // What no reader would take must not be written.
        Declaration::decode(declaration.event(), &declaration.encode())
            .map_err(|error| AppendError::Invalid(format!("{}: {error}", declaration.event())))?;
    }
    let event = |declaration: &Declaration| NewEvent {
        event: declaration.event().into(),
        schema: LOG_SCHEMA,
        payload: NewPayload::Inline(declaration.encode()),
    };
    let stream = StreamAppend {
        stream: StreamId::new(LOG_KIND, log_id),
        owner: None,
        expected: version,
        events: declarations.iter().map(event).collect(),
    };
    prepare_any(Append {
        command_id: new_id(now),
        metadata: by.metadata,
        streams: vec![stream],
        guards: by.guards,
        claims: Vec::new(),
        blobs: descriptors.into_iter().map(Into::into).collect(),
    })
}

/// A command of the process itself.
pub(super) fn of_system(command: &'static str) -> Commanded {
    let metadata = Metadata {
        command: Name::Borrowed(command),
        idempotency: None,
        request: None,
        actor: Actor::system(),
        decision: None,
        trace: *new_id(0).as_bytes(),
        cause: Cause::None,
    };
    Commanded { metadata, guards: Vec::new() }
}

/// A UUIDv7 of a time in microseconds.
pub(super) fn new_id(now: u64) -> Uuid {
    Builder::from_unix_timestamp_millis(now / 1000, &rand::rng().random()).into_uuid()
}
