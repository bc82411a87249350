//! Closes every full period of every allocation that holds slots, whether something was
//! attested of it or not: a silent node's time becomes `unknown` while it is silent. Its
//! cause is the clock, so the end of the period takes the place of a position in the
//! commands' ids.

use std::time::Duration;

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{AllocationId, TypedId};
use gpuaas_domain::usage::Usage;
use uuid::Uuid;

use super::attested::{Attested, Known};
use super::closed_until;
use crate::actor::Actor;
use crate::engine::{Context, Engine};
use crate::handlers::usage::MeterAllocation;
use crate::policies::command_id;
use crate::refusal::Refusal;

/// How often the clock is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// When periods end, and how long their attestations are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Length of a period.
    pub period: Duration,
    /// How long after a period's end it is closed. What comes later corrects it.
    pub grace: Duration,
}

impl Default for Pace {
    /// Hours, closed six minutes later: longer than the five minutes between two attestations
    /// of a large fleet's.
    fn default() -> Self {
        Self { period: Duration::from_secs(3_600), grace: Duration::from_secs(6 * 60) }
    }
}

impl Pace {
    /// The last end of a period whose attestations were waited for long enough.
    fn due(self, now: Timestamp) -> Timestamp {
        let micros = |length: Duration| u64::try_from(length.as_micros()).unwrap_or(u64::MAX).max(1);
        let waited = now.0.saturating_sub(micros(self.grace));
        Timestamp(waited - waited % micros(self.period))
    }
}

/// Closes periods by the clock.
#[derive(Debug)]
pub struct MeteringClock {
    engine: Engine,
    known: Known,
    pace: Pace,
    /// Up to when everything is closed.
    done: Timestamp,
}

impl MeteringClock {
    /// Its id, which never changes: the actor of its commands.
    pub const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0008);

    pub(super) fn new(engine: Engine, known: Known, pace: Pace) -> Self {
        Self { engine, known, pace, done: Timestamp(0) }
    }

    /// Looks at the clock until it is dropped.
    pub async fn run(mut self) {
        let mut tick = tokio::time::interval(EVERY.min(self.pace.period));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(refusal) = self.once().await {
                tracing::warn!(%refusal, "not every period could be closed; it is tried again");
            }
        }
    }

    /// Closes what is due.
    pub async fn once(&mut self) -> Result<(), Refusal> {
        let due = self.pace.due(self.engine.now());
        if due <= self.done {
            return Ok(());
        }
        let mut closed = Ok(());
        for fact in self.engine.facts()?.held_allocations().await? {
            let begun = fact.state.placed().is_some_and(|placed| placed.at < due);
            // One that cannot be closed keeps no other from it.
            if begun && let Err(refusal) = self.close(fact.id, due).await {
                closed = Err(refusal);
            }
        }
        closed?;
        self.done = due;
        Ok(())
    }

    async fn close(&self, id: AllocationId, until: Timestamp) -> Result<(), Refusal> {
        let (usage, _) = self.engine.state::<Usage>(id).await?;
        if closed_until(&usage) >= until {
            return Ok(());
        }
        let Attested { version: attestations, when: attested } = self.known.of(&self.engine, id).await?;
        let command = command_id(Self::ID, until.0, id.uuid(), 0);
        // A trace of its own, because no request led here.
        let context = Context { actor: Actor::Policy(Self::ID), ..Context::system(*command.as_bytes()) };
        let meter = MeterAllocation { id, attested, attestations, until };
        self.engine.execute_once(command, &context, &meter).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_due_when_its_attestations_were_waited_for() {
        let pace = Pace { period: Duration::from_micros(60), grace: Duration::from_micros(6) };
        let due = |now| pace.due(Timestamp(now)).0;
        assert_eq!([due(0), due(65), due(66), due(125), due(126)], [0, 0, 60, 60, 120]);
    }
}
