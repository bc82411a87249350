//! Lets what waited long enough come to nothing. Its cause is the clock, so the due time
//! takes the place of a position in the commands' ids.

use std::time::Duration;

use gpuaas_domain::Code;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::id::TypedId;
use uuid::Uuid;

use super::command_id;
use crate::actor::Actor;
use crate::engine::{Context, Engine};
use crate::handlers::allocation::ExpireAllocation;
use crate::refusal::Refusal;

/// How often the clock is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// The policy of the clock.
#[derive(Debug, Clone)]
pub struct Expiry {
    engine: Engine,
}

impl Expiry {
    /// Its id, which never changes: the actor of its commands.
    pub const ID: Uuid = Uuid::from_u128(0x0192_f0a1_0000_7000_8000_0000_0000_0005);

    /// The policy of the clock over an engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Looks at the clock until it is dropped.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(refusal) = self.once().await {
                tracing::warn!(%refusal, "what has expired could not be looked up; it is tried again");
            }
        }
    }

    /// Lets everything come to nothing whose time is over.
    pub async fn once(&self) -> Result<(), Refusal> {
        for fact in self.engine.facts()?.overdue_allocations(self.engine.now()).await? {
            let Allocation::Requested(requested) = &fact.state else { continue };
            let Some(due) = requested.wait_until else { continue };
            let id = command_id(Self::ID, due.0, fact.id.uuid(), 0);
            let context = Context { actor: Actor::Policy(Self::ID), ..Context::system(trace(id)) };
            match self.engine.execute_once(id, &context, &ExpireAllocation { id: fact.id }).await {
                Ok(_) => {}
                // It was placed or released meanwhile, or another process's clock is ahead.
                Err(refusal) if refusal.code == Code::AllocationNotActive => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }
}

/// A trace of its own, because no request led here.
fn trace(command: Uuid) -> [u8; 16] {
    *command.as_bytes()
}
