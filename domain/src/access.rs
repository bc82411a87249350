//! What an authenticated actor was denied: one stream per actor, in the actor's organization.
//!
//! | state | command | events |
//! |---|---|---|
//! | any | Deny, the first of its action in a minute | `access.denied` |
//! | any | Deny, a further one | none (the caller counts it) |
//! | any | Count | `access.denials_counted` |

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::AccessId;
use crate::time::Timestamp;

/// Microseconds of a minute.
const MINUTE: u64 = 60_000_000;

fields! {
    /// A privileged command was refused by the access rules.
    pub struct Denied {
        /// What was tried.
        pub action: String,
        /// Kind of what it was tried on.
        pub target_kind: String,
        /// The minute it fell in, as its first microsecond.
        pub minute: Timestamp,
    }

    /// How often the same was denied again within the minute.
    pub struct DenialsCounted {
        /// What was tried.
        pub action: String,
        /// The minute, as its first microsecond.
        pub minute: Timestamp,
        /// Denials after the recorded one.
        pub further: u64,
    }
}

events! {
    /// What can happen to an actor's record of denials.
    pub enum Event {
        /// The first in a minute.
        Denied(Denied) = "access.denied", 1;
        /// The rest of the minute.
        DenialsCounted(DenialsCounted) = "access.denials_counted", 1;
    }
}

/// What can be asked of an actor's record of denials.
#[derive(Debug, Clone)]
pub enum Command {
    /// Record a denial.
    Deny {
        /// What was tried.
        action: String,
        /// Kind of what it was tried on.
        target_kind: String,
        /// When.
        at: Timestamp,
    },
    /// Record how many more there were.
    Count(DenialsCounted),
}

/// It refuses nothing.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match *self {}
    }
}

/// The last denials of an actor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// The latest minute and the actions recorded in it.
    pub minute: Timestamp,
    /// Those actions.
    pub actions: Vec<String>,
}

impl Aggregate for Access {
    const KIND: &'static str = "access";
    type Id = AccessId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match command {
            Command::Deny { action, target_kind, at } => {
                let minute = Timestamp(at.0 - at.0 % MINUTE);
                let recorded = self.minute == minute && self.actions.contains(&action);
                Ok((!recorded).then(|| Denied { action, target_kind, minute }.into()).into_iter().collect())
            }
            Command::Count(counted) => Ok((counted.further > 0).then(|| counted.into()).into_iter().collect()),
        }
    }

    fn evolve(mut self, event: &Event) -> Self {
        match event {
            Event::Denied(Denied { action, minute, .. }) => {
                if self.minute != *minute {
                    self = Self { minute: *minute, actions: Vec::new() };
                }
                self.actions.push(action.clone());
                self
            }
            Event::DenialsCounted(_) => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_denial_of_an_action_in_a_minute_is_an_event() {
        let deny =
            |at| Command::Deny { action: "project.create".into(), target_kind: "project".into(), at: Timestamp(at) };
        let first = Access::default().decide(deny(MINUTE + 1)).unwrap();
        assert_eq!(first.len(), 1);
        let state = Access::default().evolve_all(&first);
        assert_eq!(state.decide(deny(MINUTE + 2)).unwrap(), []);
        assert_eq!(state.decide(deny(2 * MINUTE)).unwrap().len(), 1);
    }
}
