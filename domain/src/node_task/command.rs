//! What can be asked of a task, and why it refuses.

use super::event::{Cancelled, Failed, Queued, Succeeded};
use crate::aggregate::Rejected;
use crate::code::Code;
use crate::id::NodeId;

/// Where a node says that a task has come to.
#[derive(Debug, Clone, PartialEq)]
pub enum Advance {
    /// It is in the node's journal.
    Delivered,
    /// The node is at it.
    Running,
    /// The node did it.
    Succeeded(Succeeded),
    /// The node could not, or refused.
    Failed(Failed),
    /// The node left off.
    Cancelled(Cancelled),
}

/// What can be asked of a task.
#[derive(Debug, Clone)]
pub enum Command {
    /// Let a node do it.
    Queue(Queued),
    /// Take what the node says.
    Advance {
        /// Who says it.
        node: NodeId,
        /// The generation that it speaks of.
        generation: u64,
        /// Where the task has come to.
        to: Box<Advance>,
    },
    /// Take it back.
    Cancel,
    /// Take it for ended, since its node is gone for good.
    Abandon,
}

/// Why a task refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this task exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such task")]
    Absent,
    /// It is another node's.
    #[error("this task is another node's")]
    AnotherNode,
    /// The node speaks of another generation.
    #[error("the task is of generation {expected}")]
    AnotherGeneration {
        /// The task's own.
        expected: u64,
    },
    /// It has ended otherwise.
    #[error("the task has ended already")]
    Ended,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::AnotherNode => Code::TaskOfAnotherNode,
            Self::AnotherGeneration { .. } => Code::StaleGeneration,
            Self::Ended => Code::TaskEnded,
        }
    }
}
