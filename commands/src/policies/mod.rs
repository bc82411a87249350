//! Policies: consumers of the log that issue commands.
//!
//! | policy | what it reads | what it commands |
//! |---|---|---|
//! | [`Placement`] | allocations that are requested; nodes that get room | place the ones that wait, the oldest first |
//! | [`Launching`] | workloads that need something; nodes that come online; allocations to be released; nodes that are removed | tell the node; decommission; end what was there |
//! | [`Reconcile`] | what nodes say of tasks | let the workload take it |
//! | [`Verification`] | artifacts that are uploaded | ask the registry, and record what it says |
//! | [`Metering`] | attestations; allocations that are released | close what is left of their time, and correct what is closed |
//! | [`MeteringClock`] | the clock | close every full period of allocations that hold slots |
//! | [`Rating`] | usage | rate it at the prices in force |
//! | [`Expiry`] | the clock | let allocations that waited too long come to nothing |
//!
//! Each has a cursor and an id that never changes. A command's id is derived from the
//! policy's, from the position that led to it, from its target and from its place among
//! the commands for that target, so that a crash between the append and the cursor
//! changes nothing, and neither does a second server. Each says of every refusal what it
//! means ([`Meaning`]); what its list does not name stops it, and says so. What has become
//! impossible is given up by the command itself, as an event (`app_instance.failed`,
//! `allocation.failed`), in the append that depends on what made it so.
//!
//! What waits is not kept here: a waiting allocation is a `requested` one, a waiting
//! workload a `validating` one, and what wakes them is an entry.

mod expiry;
mod launching;
mod metering;
mod placement;
mod rating;
mod reconcile;
mod runner;
mod turn;
mod verification;

pub use expiry::Expiry;
pub use launching::Launching;
pub use metering::{Metering, MeteringClock, Pace};
pub use placement::Placement;
pub use rating::Rating;
pub use reconcile::Reconcile;
pub use runner::{Condition, Cursors, Runner};
pub use turn::{Meaning, Outcome, Stop, Turn, command_id};
pub use verification::Verification;

use async_trait::async_trait;
use gpuaas_domain::Code;
use uuid::Uuid;

/// The policy that issues commands under an id, by its name.
#[must_use]
pub fn name_of(id: Uuid) -> Option<&'static str> {
    let known = [
        (Placement::ID, "placement"),
        (Launching::ID, "launching"),
        (Reconcile::ID, "reconcile"),
        (Verification::ID, "verification"),
        (Expiry::ID, "expiry"),
        (Metering::ID, "metering"),
        (MeteringClock::ID, "metering"),
        (Rating::ID, "rating"),
    ];
    known.into_iter().find(|(known, _)| *known == id).map(|(_, name)| name)
}

/// A consumer of the log that issues commands.
#[async_trait]
pub trait Policy: Send + Sync + 'static {
    /// Its cursor's name.
    const NAME: &'static str;
    /// Its id, which never changes: the actor of its commands.
    const ID: Uuid;
    /// What each refusal means that its commands can meet.
    const MEANINGS: &'static [(Code, Meaning)];

    /// Reacts to an entry. It may be asked again for the same one.
    async fn react(&self, turn: &mut Turn<'_>) -> Result<(), Stop>;
}
