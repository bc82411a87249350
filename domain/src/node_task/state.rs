//! The state of a task, and its rules.

use serde::{Deserialize, Serialize};

use super::command::{Advance, Command, Rejection};
use super::event::{CancelRequested, Cancelled, Delivered, Event, Failed, Queued, Started, Succeeded};
use crate::aggregate::Aggregate;
use crate::id::TaskId;

/// How far an open task has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Progress {
    /// The node may not know of it.
    Queued,
    /// It is in the node's journal.
    Delivered,
    /// The node is at it.
    Running,
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum End {
    /// It was done.
    Succeeded(Succeeded),
    /// It could not be done.
    Failed(Failed),
    /// It was taken back.
    Cancelled(Cancelled),
}

/// A task that has ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// What it was.
    pub queued: Queued,
    /// How it ended.
    pub end: End,
}

/// The state of a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum NodeTask {
    /// No entry yet.
    #[default]
    Absent,
    /// It is to be done.
    Open {
        /// What it is.
        queued: Queued,
        /// How far it has come.
        progress: Progress,
        /// Whether the node is to leave off.
        cancel_requested: bool,
    },
    /// It has ended.
    Ended(Box<Ended>),
}

impl NodeTask {
    /// What it is, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn queued(&self) -> Option<&Queued> {
        match self {
            Self::Absent => None,
            Self::Open { queued, .. } => Some(queued),
            Self::Ended(ended) => Some(&ended.queued),
        }
    }

    fn advance(&self, to: Advance) -> Result<Vec<Event>, Rejection> {
        let end = match to {
            Advance::Delivered => return Ok(self.reach(Progress::Delivered, Delivered {}.into())),
            Advance::Running => return Ok(self.reach(Progress::Running, Started {}.into())),
            Advance::Succeeded(succeeded) => End::Succeeded(succeeded),
            Advance::Failed(failed) => End::Failed(failed),
            Advance::Cancelled(cancelled) => End::Cancelled(cancelled),
        };
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Open { .. } => Ok(vec![end.into()]),
            Self::Ended(ended) if ended.end == end => Ok(vec![]),
            Self::Ended(_) => Err(Rejection::Ended),
        }
    }

    /// The event, unless the task is as far as that already.
    fn reach(&self, progress: Progress, event: Event) -> Vec<Event> {
        let further = matches!(self, Self::Open { progress: now, .. } if *now < progress);
        further.then_some(event).into_iter().collect()
    }

    fn cancel(&self) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Open { progress: Progress::Queued, .. } => Ok(vec![Cancelled { output: None }.into()]),
            Self::Open { cancel_requested: false, .. } => Ok(vec![CancelRequested {}.into()]),
            Self::Open { cancel_requested: true, .. } | Self::Ended(_) => Ok(vec![]),
        }
    }

    fn ended(self, end: End) -> Self {
        match self {
            Self::Open { queued, .. } => Self::Ended(Box::new(Ended { queued, end })),
            other @ (Self::Absent | Self::Ended(_)) => other,
        }
    }
}

impl From<End> for Event {
    fn from(end: End) -> Self {
        match end {
            End::Succeeded(succeeded) => succeeded.into(),
            End::Failed(failed) => failed.into(),
            End::Cancelled(cancelled) => cancelled.into(),
        }
    }
}

impl Aggregate for NodeTask {
    const KIND: &'static str = "node_task";
    type Id = TaskId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Queue(queued) => match self {
                Self::Absent => Ok(vec![queued.into()]),
                Self::Open { .. } | Self::Ended(_) => Err(Rejection::Exists),
            },
            Command::Advance { node, generation, to } => {
                let queued = self.queued().ok_or(Rejection::Absent)?;
                if queued.node != node {
                    return Err(Rejection::AnotherNode);
                }
                if queued.generation != generation {
                    return Err(Rejection::AnotherGeneration { expected: queued.generation });
                }
                self.advance(*to)
            }
            Command::Cancel => self.cancel(),
            Command::Abandon => match self {
                Self::Absent => Err(Rejection::Absent),
                Self::Open { .. } => Ok(vec![Cancelled { output: None }.into()]),
                Self::Ended(_) => Ok(vec![]),
            },
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Queued(queued)) => {
                Self::Open { queued: queued.clone(), progress: Progress::Queued, cancel_requested: false }
            }
            (Self::Open { queued, cancel_requested, .. }, Event::Delivered(_)) => {
                Self::Open { queued, progress: Progress::Delivered, cancel_requested }
            }
            (Self::Open { queued, cancel_requested, .. }, Event::Started(_)) => {
                Self::Open { queued, progress: Progress::Running, cancel_requested }
            }
            (Self::Open { queued, progress, .. }, Event::CancelRequested(_)) => {
                Self::Open { queued, progress, cancel_requested: true }
            }
            (
                state @ (Self::Absent | Self::Ended(_)),
                Event::Delivered(_) | Event::Started(_) | Event::CancelRequested(_),
            ) => state,
            (state, Event::Succeeded(succeeded)) => state.ended(End::Succeeded(succeeded.clone())),
            (state, Event::Failed(failed)) => state.ended(End::Failed(failed.clone())),
            (state, Event::Cancelled(cancelled)) => state.ended(End::Cancelled(cancelled.clone())),
        }
    }
}
