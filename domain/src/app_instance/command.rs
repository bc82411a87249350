//! What can be asked of an app instance, and why it refuses.

use super::event::{DecommissionReason, InstanceFailure, Requested, Waiting};
use super::phase::Phase;
use crate::aggregate::Rejected;
use crate::code::Code;
use crate::id::TaskId;
use crate::node_protocol::output::{ExecutorOutput, Failure};
use crate::text::TextError;

/// What a node says of a task.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// It has it.
    Taken,
    /// It did it.
    Done(Box<ExecutorOutput>),
    /// It could not.
    Failed(Failure),
    /// It left off.
    Cancelled,
}

/// What can be asked of an app instance.
#[derive(Debug, Clone)]
pub enum Command {
    /// Want it.
    Request(Box<Requested>),
    /// Let it wait before it is launched.
    Wait(Waiting),
    /// Let it come to nothing before it is launched.
    Reject(InstanceFailure),
    /// Tell the node what is next.
    QueueTask {
        /// By which task.
        task: TaskId,
    },
    /// Take what a node says of a task.
    Observe {
        /// Which task.
        task: TaskId,
        /// What it says.
        observation: Observation,
    },
    /// Take what a node says of the workload itself.
    ObserveWorkload {
        /// The generation that it speaks of.
        generation: u64,
        /// How the workload is.
        output: Box<ExecutorOutput>,
    },
    /// End it and keep it.
    Stop,
    /// Let it run again.
    Start,
    /// End it and let it run again.
    Restart,
    /// Leave off what is under way.
    Cancel,
    /// Remove it.
    Decommission(DecommissionReason),
    /// Tell somebody the token by which it knows its users.
    DeliverAppToken,
    /// Take it for gone, since its node is.
    Abandon,
}

/// Why an app instance refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this instance exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such instance")]
    Absent,
    /// It does something else at present.
    #[error("this instance is {phase}, so it cannot be {wanted}; wait until it is {needed}")]
    Phase {
        /// What it does.
        phase: Phase,
        /// What was asked.
        wanted: &'static str,
        /// When it could.
        needed: &'static str,
    },
    /// It is being removed, or was.
    #[error("this instance is {0}; launch another one")]
    Ending(Phase),
    /// Nothing is under way.
    #[error("this instance is {0}, so there is nothing to cancel; stop or delete it instead")]
    Idle(Phase),
    /// The node has been told.
    #[error("there is nothing to tell the node")]
    NothingToQueue,
    /// Its name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent => Code::NotFound,
            Self::Phase { .. } | Self::NothingToQueue => Code::InstanceStateConflict,
            Self::Ending(_) => Code::InstanceDecommissioned,
            Self::Idle(_) => Code::NothingToCancel,
            Self::Text(_) => Code::InvalidField,
        }
    }
}
