//! Why this repository refuses what others take, and how the log's errors are told in the
//! words of cqrs-es.

use cqrs_es::persist::PersistenceError;

use crate::append::AppendError;
use crate::store::StoreError;

/// What this repository does not take, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Snapshots, and aggregates as the source of truth.
    #[error(
        "snapshots are refused: cqrs-es 0.5.0 applies each new event to the aggregate when it is written to the \
         sink and once more when the snapshot is made, so that the snapshot is wrong; use \
         PersistedEventStore::new_event_store"
    )]
    Snapshot,
    /// A name that the log has no name for.
    #[error("{name:?} cannot be a name in the log: {reason}")]
    Name {
        /// As the application has it.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A number that RFC 8785 text does not keep.
    #[error("the integer {0} has more than 53 bits, which JSON text does not keep exactly; write it as text")]
    Integer(String),
    /// The payload of an event that was erased.
    #[error("the payload of the event at position {0} of the log was erased")]
    Erased(u64),
    /// An entry under one of these names that this repository did not write.
    #[error("the entry at position {position} of the log was not written by this repository: {reason}")]
    Foreign {
        /// Where it is.
        position: u64,
        /// What is wrong with it.
        reason: String,
    },
}

impl From<Refused> for PersistenceError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Snapshot | Refused::Name { .. } | Refused::Integer(_) | Refused::Erased(_) => {
                Self::UnknownError(Box::new(refused))
            }
            Refused::Foreign { .. } => Self::DeserializationError(Box::new(refused)),
        }
    }
}

/// Of an append.
pub(super) fn of_append(error: AppendError) -> PersistenceError {
    match error {
        AppendError::VersionConflict { .. } => PersistenceError::OptimisticLockError,
        AppendError::Overloaded { .. } | AppendError::Unavailable(_) | AppendError::Unknown(_) => {
            PersistenceError::ConnectionError(Box::new(error))
        }
        AppendError::GuardConflict { .. }
        | AppendError::ClaimTaken { .. }
        | AppendError::ClaimNotHeld { .. }
        | AppendError::KeysChanged { .. }
        | AppendError::Duplicate { .. }
        | AppendError::TooLarge(_)
        | AppendError::Invalid(_)
        | AppendError::Stopped(_) => PersistenceError::UnknownError(Box::new(error)),
    }
}

/// Of a read.
pub(super) fn of_read(error: StoreError) -> PersistenceError {
    match error {
        StoreError::Unavailable(_) | StoreError::OutcomeUnknown(_) | StoreError::InUse(_) => {
            PersistenceError::ConnectionError(Box::new(error))
        }
        StoreError::ReadOnly(_) | StoreError::Full(_) | StoreError::Damaged(_) => {
            PersistenceError::UnknownError(Box::new(error))
        }
    }
}
