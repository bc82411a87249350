//! The state of an allocation, and its rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::command::{Command, Rejection};
use super::event::{
    Event, Failed, FailureReason, InstanceAttached, InstanceDetached, Placed, ReleaseRequested, Released, Requested,
    Share,
};
use crate::aggregate::Aggregate;
use crate::bounded::Text;
use crate::id::{AllocationId, InstanceId};
use crate::text::{self, MAX_DISPLAY_NAME};
use crate::time::Timestamp;

/// An allocation that has, or had, slots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Active {
    /// What was wanted.
    pub requested: Requested,
    /// What it got.
    pub placed: Placed,
    /// What its workloads have of it.
    pub instances: BTreeMap<InstanceId, Share>,
}

/// The state of an allocation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Allocation {
    /// No entry yet.
    #[default]
    Absent,
    /// It waits for a place.
    Requested(Requested),
    /// It has slots.
    Active(Active),
    /// It has slots until its workloads are gone.
    Releasing(Active),
    /// It had slots, or gave up waiting for them.
    Released {
        /// What was wanted.
        requested: Requested,
        /// What it got; `None` if it never did.
        placed: Option<Placed>,
        /// When it ended.
        at: Timestamp,
    },
    /// It came to nothing.
    Failed {
        /// What was wanted.
        requested: Requested,
        /// Why.
        reason: FailureReason,
    },
}

impl Active {
    /// GPUs that no workload has.
    #[must_use]
    pub fn free_gpus(&self) -> Vec<Text<80>> {
        let taken = |gpu: &&Text<80>| self.instances.values().any(|share| share.gpus.contains(gpu));
        self.placed.gpus.iter().filter(|gpu| !taken(gpu)).cloned().collect()
    }

    /// Processors that no workload has.
    #[must_use]
    pub fn free_cores(&self) -> u32 {
        let taken: u32 = self.instances.values().map(|share| share.cpu_cores).sum();
        self.requested.shape.cpu_cores.saturating_sub(taken)
    }

    /// Memory that no workload has, in GiB.
    #[must_use]
    pub fn free_memory(&self) -> u32 {
        let taken: u32 = self.instances.values().map(|share| share.memory_gib).sum();
        self.requested.shape.memory_gib.saturating_sub(taken)
    }

    /// What a workload would get of it.
    pub fn share(&self, cpu_cores: u32, memory_gib: u32, gpu_count: u16) -> Result<Share, Rejection> {
        let free = self.free_gpus();
        let gpus = free.get(..usize::from(gpu_count)).ok_or(Rejection::Gpus { wanted: gpu_count, left: free.len() })?;
        if cpu_cores > self.free_cores() || memory_gib > self.free_memory() {
            return Err(Rejection::Resources { cpu_cores: self.free_cores(), memory_gib: self.free_memory() });
        }
        Ok(Share { cpu_cores, memory_gib, gpus: gpus.to_vec() })
    }
}

impl Allocation {
    /// What was wanted, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn requested(&self) -> Option<&Requested> {
        match self {
            Self::Absent => None,
            Self::Active(active) | Self::Releasing(active) => Some(&active.requested),
            Self::Requested(requested) | Self::Released { requested, .. } | Self::Failed { requested, .. } => {
                Some(requested)
            }
        }
    }

    /// What it has; `None` if it has nothing, or nothing any more.
    #[must_use]
    pub fn held(&self) -> Option<&Active> {
        match self {
            Self::Active(active) | Self::Releasing(active) => Some(active),
            Self::Absent | Self::Requested(_) | Self::Released { .. } | Self::Failed { .. } => None,
        }
    }

    /// Where it is, or was until it ended.
    #[must_use]
    pub fn placed(&self) -> Option<&Placed> {
        match self {
            Self::Active(active) | Self::Releasing(active) => Some(&active.placed),
            Self::Released { placed, .. } => placed.as_ref(),
            Self::Absent | Self::Requested(_) | Self::Failed { .. } => None,
        }
    }

    /// Its state in a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Requested(_) => "requested",
            Self::Active(_) => "active",
            Self::Releasing(_) => "releasing",
            Self::Released { .. } => "released",
            Self::Failed { .. } => "failed",
        }
    }

    /// Succeeds if workloads can be put on it.
    pub fn require_active(&self) -> Result<&Active, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Active(active) => Ok(active),
            Self::Requested(_) | Self::Releasing(_) | Self::Released { .. } | Self::Failed { .. } => {
                Err(Rejection::NotActive { state: self.word() })
            }
        }
    }

    fn expire(&self, now: Timestamp) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Requested(requested) if requested.wait_until.is_some_and(|until| until <= now) => {
                Ok(vec![Failed { reason: FailureReason::PlacementExpired }.into()])
            }
            Self::Requested(_) => Err(Rejection::NotDue),
            Self::Active(_) | Self::Releasing(_) | Self::Released { .. } | Self::Failed { .. } => {
                Err(Rejection::NotWaiting)
            }
        }
    }

    fn detach(&self, instance: InstanceId, now: Timestamp) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Active(active) | Self::Releasing(active) if active.instances.contains_key(&instance) => {
                let mut events = vec![InstanceDetached { instance }.into()];
                if matches!(self, Self::Releasing(_)) && active.instances.len() == 1 {
                    events.push(Released { at: now }.into());
                }
                Ok(events)
            }
            Self::Requested(_) | Self::Active(_) | Self::Releasing(_) | Self::Released { .. } | Self::Failed { .. } => {
                Ok(vec![])
            }
        }
    }

    fn release(&self, now: Timestamp) -> Result<Vec<Event>, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Requested(_) => Ok(vec![Released { at: now }.into()]),
            Self::Active(active) if active.instances.is_empty() => Ok(vec![Released { at: now }.into()]),
            Self::Active(_) => Ok(vec![ReleaseRequested {}.into()]),
            Self::Releasing(_) | Self::Released { .. } | Self::Failed { .. } => Ok(vec![]),
        }
    }

    fn released(self, at: Timestamp) -> Self {
        match self {
            Self::Requested(requested) => Self::Released { requested, placed: None, at },
            Self::Active(active) | Self::Releasing(active) => {
                Self::Released { requested: active.requested, placed: Some(active.placed), at }
            }
            other @ (Self::Absent | Self::Released { .. } | Self::Failed { .. }) => other,
        }
    }
}

impl Aggregate for Allocation {
    const KIND: &'static str = "allocation";
    type Id = AllocationId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Request(requested) => {
                if *self != Self::Absent {
                    return Err(Rejection::Exists);
                }
                text::line("display_name", &requested.display_name, MAX_DISPLAY_NAME)?;
                Ok(vec![requested.into()])
            }
            Command::Place(placed) => match self {
                Self::Absent => Err(Rejection::Absent),
                Self::Requested(_) => Ok(vec![placed.into()]),
                Self::Active(_) | Self::Releasing(_) | Self::Released { .. } | Self::Failed { .. } => {
                    Err(Rejection::NotWaiting)
                }
            },
            Command::Expire { now } => self.expire(now),
            Command::Attach { instance, cpu_cores, memory_gib, gpu_count } => {
                let share = self.require_active()?.share(cpu_cores, memory_gib, gpu_count)?;
                Ok(vec![InstanceAttached { instance, share }.into()])
            }
            Command::Detach { instance, now } => self.detach(instance, now),
            Command::Release { now } => self.release(now),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Requested(requested)) => Self::Requested(requested.clone()),
            (Self::Requested(requested), Event::Placed(placed)) => {
                Self::Active(Active { requested, placed: placed.clone(), instances: BTreeMap::new() })
            }
            (Self::Active(mut active), Event::InstanceAttached(attached)) => {
                active.instances.insert(attached.instance, attached.share.clone());
                Self::Active(active)
            }
            (Self::Active(mut active), Event::InstanceDetached(detached)) => {
                active.instances.remove(&detached.instance);
                Self::Active(active)
            }
            (Self::Releasing(mut active), Event::InstanceDetached(detached)) => {
                active.instances.remove(&detached.instance);
                Self::Releasing(active)
            }
            (Self::Active(active), Event::ReleaseRequested(_)) => Self::Releasing(active),
            (state, Event::Released(released)) => state.released(released.at),
            (Self::Requested(requested), Event::Failed(failed)) => Self::Failed { requested, reason: failed.reason },
            (
                state,
                Event::Placed(_)
                | Event::InstanceAttached(_)
                | Event::InstanceDetached(_)
                | Event::ReleaseRequested(_)
                | Event::Failed(_),
            ) => state,
        }
    }
}
