//! The log's side of witnesses: whoever signs checkpoints hands each new one to all of them,
//! side by side, with the proof that it goes on from what each has seen. What they say is
//! checked and kept beside the checkpoint.
//!
//! Nothing waits for a witness: appending and signing go on, and a witness that is slow,
//! down or lies is of no consequence to the others. Each shows how it stands.

mod feeder;
mod standing;

use std::sync::Arc;
use std::time::Duration;

use gpuaas_log::Log;
use gpuaas_log::checkpoint::SignedCheckpoint;
use tokio::sync::watch;

use crate::outgoing::ListedWitness;
use feeder::Feeder;

pub use standing::{Standing, Trouble, TroubleKind};

/// How long an answer is waited for that covers a size and is cosigned.
const PATIENCE: Duration = Duration::from_secs(2);

/// The witnesses of one server, and how each stands.
#[derive(Debug, Clone, Default)]
pub struct Witnesses {
    all: Arc<Vec<(ListedWitness, watch::Sender<Standing>)>>,
}

impl Witnesses {
    /// These, none of which has been asked yet.
    #[must_use]
    pub fn new(listed: &[ListedWitness]) -> Self {
        let standing = |witness: &ListedWitness| watch::Sender::new(Standing::new(witness.name()));
        let all = listed.iter().map(|witness| (witness.clone(), standing(witness))).collect();
        Self { all: Arc::new(all) }
    }

    /// How each stands.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        self.all.iter().map(|(_, standing)| standing.borrow().clone()).collect()
    }

    /// Work without an end for each: hands it what is published. A request may take so long.
    pub fn feeders(
        &self,
        log: &Log,
        published: &watch::Receiver<Option<SignedCheckpoint>>,
        patience: Duration,
    ) -> Vec<impl Future<Output = ()> + Send + use<>> {
        let feeder = |(witness, standing): &(ListedWitness, watch::Sender<Standing>)| {
            Feeder::new(log.clone(), witness.clone(), published.clone(), standing.clone(), patience).run()
        };
        self.all.iter().map(feeder).collect()
    }

    /// Waits until each that is well has cosigned a checkpoint of this size, for a moment.
    pub async fn settle(&self, size: u64) {
        let settled = async {
            for (_, standing) in self.all.iter() {
                let has = |standing: &Standing| standing.cosigned >= size || standing.trouble.is_some();
                // The sender is here, so this only ends with what is waited for.
                let _ = standing.subscribe().wait_for(has).await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, settled).await;
    }
}
