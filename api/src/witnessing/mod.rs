//! The log's side of witnesses: whoever signs checkpoints hands each new one to all of them,
//! side by side, with the proof that it goes on from what each has seen. What they say is
//! checked and kept beside the checkpoint.
//!
//! Nothing waits for a witness: appending and signing go on, and a witness that is slow,
//! down or lies is of no consequence to the others. Each shows how it stands.

mod feeder;
mod standing;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gpuaas_log::Log;
use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::store::{PublishedCheckpoint, StoreError};
use tokio::sync::watch;

use crate::keystore::now;
use crate::outgoing::ListedWitness;
use feeder::Feeder;

pub use standing::{Standing, Trouble, TroubleKind};

/// How long the cosignatures of a checkpoint are waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often they are looked for.
const LOOK: Duration = Duration::from_millis(20);
/// A checkpoint of entries that are older, in microseconds, has all that it will soon have.
const YOUNG: u64 = 10_000_000;
/// Most checkpoints among which one is looked for that all have cosigned.
const MOST: usize = 64;

/// The witnesses of a log, and how each stands with the server that asks them.
#[derive(Debug, Clone, Default)]
pub struct Witnesses {
    all: Arc<Vec<(ListedWitness, watch::Sender<Standing>)>>,
    asks: bool,
}

impl Witnesses {
    /// These, none of which has been asked yet. Whether this server asks them, or another
    /// one, which keeps what they say in the log's store.
    #[must_use]
    pub fn new(listed: &[ListedWitness], asks: bool) -> Self {
        let standing = |witness: &ListedWitness| watch::Sender::new(Standing::new(witness.name()));
        let all = listed.iter().map(|witness| (witness.clone(), standing(witness))).collect();
        Self { all: Arc::new(all), asks }
    }

    /// How each stands, where this server asks them.
    #[must_use]
    pub fn standings(&self) -> Vec<Standing> {
        let asked = self.all.iter().filter(|_| self.asks);
        asked.map(|(_, standing)| standing.borrow().clone()).collect()
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

    /// A new checkpoint with the cosignatures of all that are well, which are waited for, for
    /// a moment. They are looked for in the log's store, whichever server asks for them.
    pub async fn settled(&self, log: &Log, published: PublishedCheckpoint) -> Result<PublishedCheckpoint, StoreError> {
        let until = Instant::now() + PATIENCE;
        let mut published = published;
        if self.lacks(&published, false)? && is_young(log, published.size).await? {
            while self.lacks(&published, true)? && Instant::now() < until {
                tokio::time::sleep(LOOK).await;
                published = log.checkpoint(published.size).await?.unwrap_or(published);
            }
        }
        Ok(published)
    }

    /// A checkpoint that covers an entry and that all have cosigned, if there is one among the
    /// first that cover it; otherwise the given one.
    pub async fn best(
        &self,
        log: &Log,
        position: u64,
        published: PublishedCheckpoint,
    ) -> Result<PublishedCheckpoint, StoreError> {
        if !self.lacks(&published, false)? {
            return Ok(published);
        }
        for earlier in log.checkpoints_after(position.saturating_sub(1), MOST).await?.into_iter().rev() {
            if !self.lacks(&earlier, false)? {
                return Ok(earlier);
            }
        }
        Ok(published)
    }

    /// Whether one has not cosigned it; if asked so, none that is known to be in trouble.
    fn lacks(&self, published: &PublishedCheckpoint, but_for_troubled: bool) -> Result<bool, StoreError> {
        let damaged = |_| StoreError::Damaged(format!("the checkpoint of size {}", published.size));
        let signed: SignedCheckpoint = published.note.parse().map_err(damaged)?;
        let is_excused = |standing: &watch::Sender<Standing>| but_for_troubled && standing.borrow().trouble.is_some();
        let cosigned = |witness: &ListedWitness| signed.lines().iter().any(|line| witness.key.owns(line));
        Ok(self.all.iter().any(|(witness, standing)| !cosigned(witness) && !is_excused(standing)))
    }
}

/// Whether the last entry of a checkpoint was recorded a moment ago.
async fn is_young(log: &Log, size: u64) -> Result<bool, StoreError> {
    let Some(stored) = log.entry(size).await? else { return Ok(false) };
    let entry = stored.entry().map_err(|error| StoreError::Damaged(format!("entry {size}: {error}")))?;
    Ok(entry.recorded_at.saturating_add(YOUNG) > now().0)
}
