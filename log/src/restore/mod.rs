//! A log rebuilt from a copy of it outside its store: from the archive, or from the mirror.
//!
//! Everything is verified as an import verifies it, entry by entry, and written in one
//! transaction: up to the last append that is whole and good. What a copy lacks is said
//! precisely. If it lacks anything that is known to have been there, nothing is written
//! unless the operator accepts the loss; and what contradicts a signed checkpoint is
//! refused in any case.
//!
//! What this is not for: keys and read models. The first are backed up apart, the second
//! are rebuilt from the log.

mod error;
mod page;
mod proof;
mod rebuilding;
mod report;
mod source;

use std::pin::pin;
use std::time::Duration;

pub use error::RestoreError;
pub use report::{Loss, Restored};
pub use source::{KeptCheckpoint, Source, SourceError};

use crate::store::{LockedHead, LogStore, StoreError};
use crate::verify;
use page::Page;
use proof::Proof;
use rebuilding::Rebuilding;

/// How often the lock on an empty store is kept from being taken away.
const TOUCH: Duration = Duration::from_secs(3);

/// What to restore against, and what to put up with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keys, checkpoints and a policy from outside the copy.
    pub against: verify::Options,
    /// Restores what there is, though something is known to be lost.
    pub accept_losses: bool,
}

/// Fills an empty store from a copy of a log. On any error nothing is left behind.
pub async fn restore(store: &dyn LogStore, source: &dyn Source, options: &Options) -> Result<Restored, RestoreError> {
    let mut locked = store.lock().await?;
    if locked.head().row.position != 0 {
        return Err(RestoreError::NotEmpty);
    }
    // The lock is dropped on any error from here on, which rolls back.
    let mut rebuilding = Rebuilding::new(locked.head().row.clone());
    let broken = fill(store, &mut *locked, source, &mut rebuilding).await?;
    let checkpoints = keeping(&mut *locked, source.checkpoints()).await??;
    if broken.is_none() || proof::vouches(&rebuilding, &checkpoints, &options.against) {
        let mut batch = rebuilding.begin(store.head().await?.clock);
        rebuilding.settle(&mut batch)?;
        rebuilding.write(&mut *locked, batch).await?;
    }
    if rebuilding.position() == 0 {
        return Err(broken.map_or_else(|| RestoreError::Empty(source.place()), RestoreError::NoStart));
    }
    let proof = Proof::of(&rebuilding, checkpoints, &options.against, broken.is_some())?;
    for signed in &proof.good {
        rebuilding.checkpoint(signed);
    }
    let restored = rebuilding.report(broken, proof, &options.against);
    if !restored.losses.is_empty() && !options.accept_losses {
        return Err(RestoreError::Losses(Box::new(restored)));
    }
    rebuilding.finish(&mut *locked).await?;
    locked.commit().await?;
    Ok(restored)
}

/// Takes in all appends up to where the source ends, or up to the first that is not good:
/// then what is wrong with it is the answer. The last good one waits for something that
/// vouches for it.
async fn fill(
    store: &dyn LogStore,
    locked: &mut dyn LockedHead,
    source: &dyn Source,
    rebuilding: &mut Rebuilding,
) -> Result<Option<String>, RestoreError> {
    loop {
        let page = match keeping(locked, Page::read(source, rebuilding.read())).await? {
            Ok(page) => page,
            Err(SourceError::Damaged(why)) => return Ok(Some(why)),
            Err(error @ SourceError::Unavailable(_)) => return Err(error.into()),
        };
        if page.is_empty() {
            return Ok(rebuilding.cut());
        }
        let mut batch = rebuilding.begin(0);
        let taken = keeping(locked, rebuilding.take(source, page, &mut batch)).await?;
        // Of now: the source may have been slow.
        batch.clock = store.head().await?.clock;
        rebuilding.write(locked, batch).await?;
        if let Some(why) = taken? {
            return Ok(Some(why));
        }
    }
}

/// Waits for a source, which may be far away, while the lock is kept.
async fn keeping<T>(locked: &mut dyn LockedHead, reading: impl Future<Output = T>) -> Result<T, StoreError> {
    let mut reading = pin!(reading);
    loop {
        match tokio::time::timeout(TOUCH, &mut reading).await {
            Ok(read) => return Ok(read),
            Err(_) => locked.touch().await?,
        }
    }
}
