//! The smallest aggregate: it remembers its last change.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

/// A project.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Project {
    changes: u64,
}

/// Asks for a change.
#[derive(Debug)]
pub(crate) struct Change {
    name: String,
    number: u64,
}

impl Change {
    /// A change whose event has about the size of ours.
    pub(crate) fn example(number: u64) -> Self {
        Self { name: "a name of ordinary length".to_owned(), number }
    }
}

/// What happens to a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Changed {
    /// It got a name.
    Renamed {
        /// The name.
        name: String,
        /// Counts.
        number: u64,
    },
}

impl DomainEvent for Changed {
    fn event_type(&self) -> String {
        "project.changed".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// Nothing is refused.
#[derive(Debug, thiserror::Error)]
#[error("refused")]
pub(crate) struct Refused;

impl Aggregate for Project {
    const TYPE: &'static str = "project";
    type Command = Change;
    type Event = Changed;
    type Error = Refused;
    type Services = ();

    async fn handle(&mut self, command: Change, (): &(), sink: &EventSink<Self>) -> Result<(), Refused> {
        sink.write(Changed::Renamed { name: command.name, number: command.number }, self).await;
        Ok(())
    }

    fn apply(&mut self, event: Changed) {
        match event {
            Changed::Renamed { .. } => self.changes += 1,
        }
    }
}
