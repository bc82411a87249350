//! What can be asked of an allocation, and why it refuses.

use super::event::{Placed, Requested};
use crate::aggregate::Rejected;
use crate::code::Code;
use crate::id::InstanceId;
use crate::text::TextError;
use crate::time::Timestamp;

/// What can be asked of an allocation.
#[derive(Debug, Clone)]
pub enum Command {
    /// Ask for it.
    Request(Requested),
    /// Give it the slots that were reserved for it.
    Place(Placed),
    /// Give up, if its time is over.
    Expire {
        /// When.
        now: Timestamp,
    },
    /// Put a workload on it.
    Attach {
        /// Which.
        instance: InstanceId,
        /// Processors.
        cpu_cores: u32,
        /// Memory.
        memory_gib: u32,
        /// GPUs.
        gpu_count: u16,
    },
    /// Take a workload from it.
    Detach {
        /// Which.
        instance: InstanceId,
        /// When.
        now: Timestamp,
    },
    /// Give its slots back, once its workloads are gone.
    Release {
        /// When.
        now: Timestamp,
    },
}

/// Why an allocation refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this allocation exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such allocation")]
    Absent,
    /// It does not wait for a place.
    #[error("this allocation does not wait for a place")]
    NotWaiting,
    /// Its time is not over.
    #[error("this allocation may wait longer")]
    NotDue,
    /// Nothing can be put on it.
    #[error("this allocation is {state}; launch on one that is active")]
    NotActive {
        /// How it is.
        state: &'static str,
    },
    /// It has fewer GPUs left than are wanted.
    #[error("{wanted} GPUs are wanted and {left} are free on this allocation; ask for fewer, or use a larger one")]
    Gpus {
        /// How many are wanted.
        wanted: u16,
        /// How many are free.
        left: usize,
    },
    /// It has less left than is wanted.
    #[error(
        "{cpu_cores} processors and {memory_gib} GiB are free on this allocation; ask for less, or use a larger one"
    )]
    Resources {
        /// Free processors.
        cpu_cores: u32,
        /// Free memory.
        memory_gib: u32,
    },
    /// Its name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::NotWaiting | Self::NotActive { .. } | Self::NotDue => Code::AllocationNotActive,
            Self::Gpus { .. } => Code::NotEnoughGpus,
            Self::Resources { .. } => Code::ResourcesExceedAllocation,
            Self::Text(_) => Code::InvalidField,
        }
    }
}
