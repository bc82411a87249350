//! Signs checkpoints, after proving to itself that the log still holds all that the last
//! one said.
//!
//! The last checkpoint is kept in a file outside the database: a database that was put
//! back to an earlier state cannot put the file back too. If the log lost or changed
//! entries, nothing is signed; the log is stopped for every process, and says why.
//!
//! One process has this role. Whoever needs a checkpoint at once, in whatever process,
//! commits the heads ([`Log::commit_heads`]): an entry of heads that no checkpoint covers
//! asks for one. It also stores the tiles that have become complete. What it is not for:
//! witnesses, and serving tiles.

mod kept;
mod keys;
mod walk;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, watch};

use crate::append::{AppendError, StreamId};
use crate::checkpoint::{Checkpoint, KeyRing, SignedCheckpoint, SigningError};
use crate::declaration::LOG_KIND;
use crate::log::Log;
use crate::store::{LogStore, PublishedCheckpoint, StoreError};
use kept::{Kept, KeptFile};
use keys::keys_for;
use walk::{Walk, WalkError};

/// Longest wait after an outage.
const AGAIN: Duration = Duration::from_secs(5);
/// How often it is looked whether somebody asks, while the log grows.
const LOOK: Duration = Duration::from_millis(100);

/// Why no checkpoint was signed.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointerError {
    /// The log lost or changed entries. It is stopped.
    #[error("the log is not the one that was signed before: {0}")]
    Inconsistent(String),
    /// Another checkpointer holds the file.
    #[error("another checkpointer is using {0}")]
    InUse(PathBuf),
    /// The file is missing though checkpoints were published.
    #[error(
        "{path} is missing, though a checkpoint of size {size} was published: put the file back, \
         or have the log checked as a whole and adopted"
    )]
    NotKept {
        /// The file.
        path: PathBuf,
        /// Size of the last published checkpoint.
        size: u64,
    },
    /// The file cannot be read or written, or holds something else.
    #[error("the last checkpoint in {path}: {why}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// No key that is in force is here.
    #[error("none of the keys given may sign: {0}")]
    NoKey(&'static str),
    /// A key did not sign.
    #[error("a key did not sign: {0}")]
    Signing(#[from] SigningError),
    /// The heads could not be committed.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The role that signs.
pub struct Checkpointer {
    log: Log,
    keys: Box<dyn KeyRing>,
    file: KeptFile,
    /// How far the log was read and found consistent.
    walk: Mutex<Walk>,
    /// The last that was published.
    published: watch::Sender<Option<SignedCheckpoint>>,
}

impl Checkpointer {
    /// Takes up the role: reads the log from its start and compares it with the kept
    /// checkpoint. If they disagree the log is stopped.
    pub async fn open(log: Log, keys: impl KeyRing, path: impl Into<PathBuf>) -> Result<Self, CheckpointerError> {
        let file = KeptFile::open(path.into())?;
        let kept = file.read()?;
        if kept.is_none()
            && let Some(published) = log.store().last_checkpoint().await?
        {
            return Err(CheckpointerError::NotKept { path: file.path().to_owned(), size: published.size });
        }
        Self::begin(log, Box::new(keys), file, kept).await
    }

    /// Takes up the role for a log whose file is elsewhere or lost, on the word of the
    /// last published checkpoint: for an operator who has checked the log.
    pub async fn adopt(log: Log, keys: impl KeyRing, path: impl Into<PathBuf>) -> Result<Self, CheckpointerError> {
        let file = KeptFile::open(path.into())?;
        let published = log.store().last_checkpoint().await?;
        let kept = published.map(|published| Kept::parse(&published.note)).transpose();
        let kept = kept.map_err(|error| StoreError::Damaged(format!("the last published checkpoint: {error}")))?;
        Self::begin(log, Box::new(keys), file, kept).await
    }

    async fn begin(
        log: Log,
        keys: Box<dyn KeyRing>,
        file: KeptFile,
        kept: Option<Kept>,
    ) -> Result<Self, CheckpointerError> {
        let (walk, published) = (Mutex::new(Walk::default()), watch::Sender::new(None));
        let checkpointer = Self { log, keys, file, walk, published };
        if let Some(kept) = kept {
            if kept.checkpoint().origin != checkpointer.log.origin() {
                let why = format!("it is of another log, {}: put this log's own file there", kept.checkpoint().origin);
                return Err(CheckpointerError::File { path: checkpointer.file.path().to_owned(), why });
            }
            let mut walk = checkpointer.walk.lock().await;
            checkpointer.walk_to(&mut walk, kept.checkpoint().size).await?;
            if walk.tree.root() != kept.checkpoint().root {
                return Err(checkpointer.stop(different(kept.checkpoint())).await);
            }
            checkpointer.file.write(kept.note())?;
            // It may have been signed, and not published, when the process ended.
            checkpointer.publish(&walk, kept.signed().clone()).await?;
            walk.signed(kept.checkpoint().size);
        }
        Ok(checkpointer)
    }

    /// The last checkpoint that was published, as it comes.
    #[must_use]
    pub fn published(&self) -> watch::Receiver<Option<SignedCheckpoint>> {
        self.published.subscribe()
    }

    /// Commits the heads if entries are new, and signs and publishes a checkpoint of the
    /// whole log. `None`: the last one covers it.
    pub async fn checkpoint(&self) -> Result<Option<SignedCheckpoint>, CheckpointerError> {
        let mut walk = self.walk.lock().await;
        self.still_there(&walk).await?;
        let size = match self.log.commit_heads().await {
            Ok(size) => size,
            // The appender may have found out first; both say why.
            Err(error) => return Err(error.into()),
        };
        if walk.last_signed() == Some(size) {
            return Ok(None);
        }
        self.walk_to(&mut walk, size).await?;
        let keys = keys_for(&self.keys.keys().await?, walk.key_lists())?;
        let checkpoint = Checkpoint { origin: self.log.origin().to_owned(), size, root: walk.tree.root() };
        let signed = SignedCheckpoint::signed_by(checkpoint, &keys).await?;
        // The file first: nobody may see a checkpoint that this role could forget.
        self.file.write(&signed.to_string())?;
        self.publish(&walk, signed.clone()).await?;
        walk.signed(size);
        walk.keep_tiles(&**self.log.store()).await;
        Ok(Some(signed))
    }

    /// Publishes the checkpoint of what was walked, unless it is published.
    async fn publish(&self, walk: &Walk, signed: SignedCheckpoint) -> Result<(), StoreError> {
        let (size, note) = (signed.checkpoint().size, signed.to_string());
        let published = PublishedCheckpoint { size, note, peaks_before: walk.peaks_before().to_vec() };
        let mut locked = self.log.store().lock().await?;
        locked.put_checkpoint(&published).await?;
        locked.commit().await?;
        self.published.send_replace(Some(signed));
        Ok(())
    }

    /// Signs checkpoints until it is dropped: every so often, and as soon as one is asked
    /// for. It goes on after an outage, and ends when the log is no longer the one that
    /// was signed.
    pub async fn run(&self, every: Duration) -> CheckpointerError {
        loop {
            match self.checkpoint().await {
                // Whether somebody asked or the time is over, the next one is due.
                Ok(_) => drop(tokio::time::timeout(every, self.asked()).await),
                Err(error @ CheckpointerError::Inconsistent(_)) => return error,
                Err(error) => {
                    tracing::warn!(%error, "no checkpoint was signed");
                    tokio::time::sleep(every.min(AGAIN)).await;
                }
            }
        }
    }

    /// Waits until the log says something of itself that no checkpoint covers.
    async fn asked(&self) {
        let mut head = self.log.head();
        loop {
            // Not at every entry of a log that grows fast.
            tokio::time::sleep(LOOK).await;
            head.mark_unchanged();
            match self.last_of_itself().await {
                Ok(position) if position > self.walk.lock().await.last_signed().unwrap_or(0) => return,
                Ok(_) => {}
                // An outage: the time of the next one comes all the same.
                Err(error) => tracing::debug!(%error, "it cannot be seen whether a checkpoint is asked for"),
            }
            if head.changed().await.is_err() {
                // The log is closed, and says nothing any more.
                return std::future::pending().await;
            }
        }
    }

    /// Position of the last entry of the log's own stream.
    async fn last_of_itself(&self) -> Result<u64, StoreError> {
        let stream = StreamId::new(LOG_KIND, self.log.log_id());
        let Some(before) = self.log.stream_version(&stream).await?.checked_sub(1) else { return Ok(0) };
        let last = self.log.read_stream(&stream, before, 1).await?;
        Ok(last.first().map_or(0, |entry| entry.position))
    }

    /// The entry up to which the log was read is still there, unchanged.
    async fn still_there(&self, walk: &Walk) -> Result<(), CheckpointerError> {
        let Some(position) = walk.position() else { return Ok(()) };
        let entry = self.log.entry(position).await?;
        match entry {
            Some(entry) if entry.hash() == walk.hash() => Ok(()),
            Some(_) => Err(self.stop(format!("entry {position} is not the one that was signed")).await),
            None => Err(self.stop(format!("entry {position} was signed and is not there")).await),
        }
    }

    async fn walk_to(&self, walk: &mut Walk, size: u64) -> Result<(), CheckpointerError> {
        let store: &dyn LogStore = &**self.log.store();
        match walk.go_to(store, size).await {
            Ok(()) => Ok(()),
            Err(WalkError::Store(error)) => Err(error.into()),
            Err(WalkError::Broken(why)) => Err(self.stop(why).await),
        }
    }

    /// Stops every process, and says why.
    async fn stop(&self, why: String) -> CheckpointerError {
        tracing::error!(%why, "the log lost or changed entries: stopping it");
        match stop(self.log.store(), &why).await {
            Ok(()) => CheckpointerError::Inconsistent(why),
            Err(error) => CheckpointerError::Store(error),
        }
    }
}

async fn stop(store: &Arc<dyn LogStore>, why: &str) -> Result<(), StoreError> {
    let mut locked = store.lock().await?;
    locked.set_stopped(Some(why)).await?;
    locked.commit().await
}

fn different(kept: &Checkpoint) -> String {
    format!("its first {} entries have not the root that was signed", kept.size)
}
