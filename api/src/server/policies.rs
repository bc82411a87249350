//! Runs the policies, with their saved places in the read database.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
pub(super) use gpuaas_commands::policies::Condition;
use gpuaas_commands::policies::{
    Cursors, Expiry, Launching, Metering, Pace, Placement, Policy, Rating, Reconcile, Runner, Verification,
};
use gpuaas_commands::{Engine, Refusal};
use gpuaas_domain::Code;
use gpuaas_projections::{self as projections, ReadError, ReadStore};
use tokio::sync::watch;

use super::tasks::Tasks;
use crate::keystore::World;
use crate::outgoing::{Images, Registries};

/// How a policy is asked how it is.
pub(super) type Asked = (&'static str, watch::Receiver<Condition>);

/// Starts every policy, and says how each is to be asked how it is.
pub(super) fn start(tasks: &Tasks, engine: &Engine, read: &ReadStore, images: &Images, world: &World) -> Vec<Asked> {
    let cursors = Arc::new(SavedPlaces { cursors: projections::Cursors::new(read.clone()) });
    let starter = Starter { tasks, engine, cursors };
    let expiry = Expiry::new(engine.clone());
    tasks.spawn_until_closing(expiry.run());
    let metering = Metering::default();
    tasks.spawn_until_closing(metering.clock(engine.clone(), Pace::default()).run());
    vec![
        starter.start(Placement),
        starter.start(Launching),
        starter.start(Reconcile),
        starter.start(Verification::new(Arc::new(Registries::new(images.clone(), world.clone())))),
        starter.start(metering),
        starter.start(Rating),
    ]
}

struct Starter<'s> {
    tasks: &'s Tasks,
    engine: &'s Engine,
    cursors: Arc<SavedPlaces>,
}

impl Starter<'_> {
    fn start<P: Policy>(&self, policy: P) -> Asked {
        let runner = Runner::new(self.engine.clone(), self.cursors.clone(), policy);
        let condition = runner.condition();
        self.tasks.spawn_until_closing(runner.run());
        (P::NAME, condition)
    }
}

/// The places of policies, in the read database.
struct SavedPlaces {
    cursors: projections::Cursors,
}

#[async_trait]
impl Cursors for SavedPlaces {
    async fn get(&self, name: &str) -> Result<Option<u64>, Refusal> {
        self.cursors.get(name).await.map_err(refusal)
    }

    async fn compare_and_set(&self, name: &str, expected: Option<u64>, position: u64) -> Result<bool, Refusal> {
        self.cursors.compare_and_set(name, expected, position).await.map_err(refusal)
    }
}

fn refusal(error: ReadError) -> Refusal {
    if !error.retryable() {
        return Refusal::internal(error);
    }
    tracing::warn!(%error, "the places of policies cannot be reached");
    Refusal {
        retry_after: Some(Duration::from_secs(1)),
        ..Refusal::new(Code::Unavailable, "the read database cannot be reached at present; try again")
    }
}
