//! The shape of every aggregate.

use std::fmt::Debug;

use crate::code::Code;
use crate::event::EventSet;
use crate::id::TypedId;

/// A rule's "no": a stable code, and as its text a sentence that says
/// what to do.
pub trait Rejected: std::error::Error + Send + Sync + 'static {
    /// The stable code.
    fn code(&self) -> Code;
}

/// A state that decides on commands and evolves by events. The default state is
/// that of a stream without entries.
pub trait Aggregate: Default + Clone + Debug + Send + Sync + 'static {
    /// Kind of the stream.
    const KIND: &'static str;
    /// Identifies an instance.
    type Id: TypedId;
    /// What can be asked of it.
    type Command;
    /// What can happen to it.
    type Event: EventSet;
    /// Why it refuses.
    type Rejection: Rejected;

    /// Decides. An accepted command without effect gives no events.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// The state after an event of this stream.
    #[must_use]
    fn evolve(self, event: &Self::Event) -> Self;

    /// Folds events in order.
    #[must_use]
    fn evolve_all<'e>(self, events: impl IntoIterator<Item = &'e Self::Event>) -> Self {
        events.into_iter().fold(self, Self::evolve)
    }
}
