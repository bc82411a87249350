//! The log as the other crates use it: append, read, look up, follow.

use std::io::{Read, Seek, Write};
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::append::{Append, AppendError, Appended, Commanded, Name, StreamId};
use crate::appender::{Appender, AppenderOptions, Condition, Declarations, Genesis, OwnWork, begin};
use crate::checkpoint::VerifierKey;
use crate::entry::{PayloadRef, StoredEntry};
use crate::hash::Hash;
use crate::restore::{self, RestoreError, Restored, Source};
use crate::state::Identity;
use crate::store::{FoundCommand, LogStore, PublishedCheckpoint, StoreError, StreamEnd, Wanted, Written};
use crate::tail::Tail;
use crate::tiles::{TreeError, TreeReader};
use crate::transfer::{ExportError, ImportError, export_owner, export_whole, import};
use crate::verify::{Options, Report};

/// Why a log could not be opened or made.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no log in the store.
    #[error("the store is empty: make a log, or import one")]
    Empty,
    /// There is a log in the store already.
    #[error("there is a log in the store already")]
    NotEmpty,
    /// What the new log is to say of itself is not valid.
    #[error(transparent)]
    Genesis(AppendError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A handle on an open log. Clones share one appender; it ends when the last is dropped,
/// or when the log is closed.
#[derive(Clone)]
pub struct Log {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn LogStore>,
    appender: Appender,
    tail: Tail,
    running: Mutex<Option<JoinHandle<()>>>,
    following: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.appender.close();
        if let Some(following) = taken(&self.following) {
            following.abort();
        }
    }
}

/// A task, to be waited for by whoever comes first.
fn taken(task: &Mutex<Option<JoinHandle<()>>>) -> Option<JoinHandle<()>> {
    task.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Log {
    /// Makes a log in an empty store, and opens it.
    pub async fn create(
        store: Arc<dyn LogStore>,
        genesis: &Genesis,
        options: AppenderOptions,
    ) -> Result<Self, OpenError> {
        let head = store.head().await?.row;
        if head.position != 0 {
            return Err(OpenError::NotEmpty);
        }
        let batch = begin(genesis, head, (options.now)()).map_err(OpenError::Genesis)?;
        match store.commit(&batch).await? {
            Written::Done => Self::open(store, options).await,
            Written::HeadMoved | Written::Collision if store.head().await?.row.position > 0 => Err(OpenError::NotEmpty),
            Written::HeadMoved | Written::Collision => {
                let clocks = "this machine's clock and the store's are more than 2 seconds apart";
                Err(StoreError::Unavailable(clocks.into()).into())
            }
        }
    }

    /// Opens the log that is in a store.
    pub async fn open(store: Arc<dyn LogStore>, options: AppenderOptions) -> Result<Self, OpenError> {
        let (appender, running) = Appender::start(Arc::clone(&store), options).await?.ok_or(OpenError::Empty)?;
        let following = tokio::spawn(follow(Arc::clone(&store), appender.visible.clone()));
        let (running, following) = (Mutex::new(Some(running)), Mutex::new(Some(following)));
        Ok(Self { inner: Arc::new(Inner { store, appender, tail: Tail::default(), running, following }) })
    }

    /// Takes no more appends, appends what waits, and lets go of the store. Other handles
    /// on this log are of no use afterwards.
    pub async fn close(self) {
        self.inner.appender.close();
        if let Some(running) = taken(&self.inner.running) {
            // It only fails by a panic, which was reported where it happened.
            let _ = running.await;
        }
        if let Some(following) = taken(&self.inner.following) {
            following.abort();
            let _ = following.await;
        }
        self.inner.store.close().await;
    }

    /// The log's id.
    #[must_use]
    pub fn log_id(&self) -> Uuid {
        self.identity().log_id
    }

    /// The log's name for the outside.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.identity().origin
    }

    fn identity(&self) -> &Identity {
        &self.inner.appender.identity
    }

    pub(crate) fn store(&self) -> &Arc<dyn LogStore> {
        &self.inner.store
    }

    /// Appends. When it is answered with positions, the entries are durable and visible
    /// in this process.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.inner.appender.append(append).await
    }

    /// Position of the last visible entry, as it moves: by this process at once, by
    /// others as soon as the store tells.
    #[must_use]
    pub fn head(&self) -> watch::Receiver<u64> {
        self.inner.appender.visible.subscribe()
    }

    /// Whether this process can append.
    #[must_use]
    pub fn condition(&self) -> watch::Receiver<Condition> {
        self.inner.appender.condition.clone()
    }

    /// Entries after a position, in order, at most `limit`.
    pub async fn read(&self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.store.entries(after, limit).await
    }

    /// Entries after a position, in order, at most `limit`, as far as [`Self::head`] has
    /// come. For those that follow the log: each entry is read once for all of them.
    pub async fn news(&self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, StoreError> {
        if *self.inner.appender.visible.borrow() <= after {
            return Ok(Vec::new());
        }
        self.inner.tail.after(&*self.inner.store, after, limit).await
    }

    /// The entry at a position.
    pub async fn entry(&self, position: u64) -> Result<Option<StoredEntry>, StoreError> {
        let Some(after) = position.checked_sub(1) else { return Ok(None) };
        let entries = self.inner.store.entries(after, 1).await?;
        Ok(entries.into_iter().find(|entry| entry.position == position))
    }

    /// Entries of a stream after a version, in order, at most `limit`.
    pub async fn read_stream(
        &self,
        stream: &StreamId,
        after_version: u64,
        limit: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.store.stream(stream, after_version, limit).await
    }

    /// Entries of an organization after an owner sequence, in order, at most `limit`.
    pub async fn read_owner(
        &self,
        owner: Uuid,
        after_sequence: u64,
        limit: usize,
    ) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.store.owned(Some(owner), after_sequence, limit).await
    }

    /// Owner sequence of an organization's last entry; 0 if it has none.
    pub async fn owner_sequence(&self, owner: Uuid) -> Result<u64, StoreError> {
        self.inner.store.owner_sequence(Some(owner)).await
    }

    /// Where a stream ends; `None` if it is absent.
    pub async fn stream_end(&self, stream: &StreamId) -> Result<Option<StreamEnd>, StoreError> {
        let wanted = Wanted { streams: vec![stream.clone()], ..Wanted::default() };
        Ok(self.inner.store.facts(&wanted).await?.streams.pop().flatten())
    }

    /// Version of a stream's last entry; 0 if it is absent.
    pub async fn stream_version(&self, stream: &StreamId) -> Result<u64, StoreError> {
        Ok(self.stream_end(stream).await?.map_or(0, |end| end.version))
    }

    /// The stream that holds a name.
    pub async fn claim_holder(&self, scope: Name, name: Hash) -> Result<Option<StreamId>, StoreError> {
        let wanted = Wanted { claims: vec![(scope, name)], ..Wanted::default() };
        Ok(self.inner.store.facts(&wanted).await?.claims.pop().flatten())
    }

    /// Where a command is, if it is in the log.
    pub async fn command(&self, command_id: Uuid) -> Result<Option<FoundCommand>, StoreError> {
        let wanted = Wanted { commands: vec![command_id], ..Wanted::default() };
        Ok(self.inner.store.facts(&wanted).await?.commands.pop().flatten())
    }

    /// Where the command with an idempotency hash is, if it is in the log.
    pub async fn by_idempotency(&self, hash: Hash) -> Result<Option<FoundCommand>, StoreError> {
        let wanted = Wanted { idempotency: vec![hash], ..Wanted::default() };
        Ok(self.inner.store.facts(&wanted).await?.idempotency.pop().flatten())
    }

    /// A blob.
    pub async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, StoreError> {
        self.inner.store.blob(digest).await
    }

    /// Declares what is not declared yet. What is, must be as it was declared.
    pub async fn declare(&self, declarations: Declarations) -> Result<(), AppendError> {
        self.inner.appender.own(OwnWork::Declare(declarations)).await.map(drop)
    }

    /// Commits the owners' heads, unless the last entry does. Answers the position of
    /// the entry that does.
    pub async fn commit_heads(&self) -> Result<u64, AppendError> {
        self.inner.appender.own(OwnWork::Heads).await
    }

    /// Puts a new list of keys in force. The checkpointer must hold one of it, and one
    /// of the old.
    pub async fn change_keys(&self, keys: Vec<VerifierKey>) -> Result<(), AppendError> {
        self.inner.appender.own(OwnWork::ChangeKeys { keys, replacing: None, by: None }).await.map(drop)
    }

    /// Puts a new list of keys in force by somebody's command, if what that rests on is as
    /// it was and the list in force is still the one that the entry `replacing` put there.
    /// Answers the position of the entry that says so; if the list is in force already, that
    /// of the last entry.
    pub async fn change_keys_by(
        &self,
        keys: Vec<VerifierKey>,
        replacing: u64,
        by: Commanded,
    ) -> Result<u64, AppendError> {
        self.inner.appender.own(OwnWork::ChangeKeys { keys, replacing: Some(replacing), by: Some(Box::new(by)) }).await
    }

    /// Erases the detached bodies of entries, for a reason that names no person. Answers
    /// the position of the entry that says so.
    pub async fn erase_payload(&self, positions: Vec<u64>, reason: String) -> Result<u64, AppendError> {
        let mut digests = Vec::with_capacity(positions.len());
        for position in &positions {
            digests.push(self.body_digest(*position).await?);
        }
        self.inner.appender.own(OwnWork::Erase { positions, digests, reason }).await
    }

    async fn body_digest(&self, position: u64) -> Result<Hash, AppendError> {
        let stored = self.entry(position).await.map_err(|error| AppendError::Unavailable(error.to_string()))?;
        let digest = stored.as_ref().and_then(|stored| match stored.entry().ok()?.payload {
            PayloadRef::Inline(_) => None,
            PayloadRef::Detached { digest, .. } => Some(digest),
        });
        digest.ok_or_else(|| AppendError::Invalid(format!("entry {position} has no detached body")))
    }

    /// Lets all processes append again after the log was stopped. For an operator who
    /// knows why it was.
    pub async fn resume(&self) -> Result<(), StoreError> {
        let mut locked = self.inner.store.lock().await?;
        locked.set_stopped(None).await?;
        locked.commit().await
    }

    /// Size of the last published checkpoint, which exports reach up to; 0 if there is none.
    pub async fn published(&self) -> Result<u64, StoreError> {
        Ok(self.inner.store.last_checkpoint().await?.map_or(0, |checkpoint| checkpoint.size))
    }

    /// The last published checkpoint, with the cosignatures of it that have come by now.
    pub async fn last_checkpoint(&self) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.inner.store.last_checkpoint().await
    }

    /// The published checkpoint of a size.
    pub async fn checkpoint(&self, size: u64) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.inner.store.checkpoint(size).await
    }

    /// The last published checkpoint whose last entry was recorded at a time, in
    /// microseconds, or before.
    pub async fn checkpoint_until(&self, recorded_at: u64) -> Result<Option<PublishedCheckpoint>, StoreError> {
        self.inner.store.checkpoint_until(recorded_at).await
    }

    /// The tree over the first `size` entries: proofs, tiles and its root.
    pub async fn tree(&self, size: u64) -> Result<TreeReader<'_>, TreeError> {
        TreeReader::at(&*self.inner.store, size).await
    }

    /// What the log says of itself, but for the heads, in order.
    pub async fn declarations(&self) -> Result<Vec<StoredEntry>, StoreError> {
        self.inner.store.declarations().await
    }

    /// Published checkpoints that are larger than a size, ascending, at most `limit`.
    pub async fn checkpoints_after(&self, size: u64, limit: usize) -> Result<Vec<PublishedCheckpoint>, StoreError> {
        self.inner.store.checkpoints_after(size, limit).await
    }

    /// Writes an export of all entries up to the last published checkpoint. Writing
    /// blocks: give a file, or a pipe that somebody empties.
    pub async fn export_whole<W: Write + Send>(&self, out: W) -> Result<W, ExportError> {
        export_whole(&*self.inner.store, self.identity(), out).await
    }

    /// Writes an export of an organization's entries up to the last published checkpoint.
    pub async fn export_owner<W: Write + Send>(&self, owner: Uuid, out: W) -> Result<W, ExportError> {
        export_owner(&*self.inner.store, self.identity(), owner, out).await
    }

    /// Fills an empty store from the export of a whole log, which is verified first. A
    /// bad one leaves nothing behind.
    pub async fn import<S: Read + Seek + Send + 'static>(
        store: &dyn LogStore,
        source: S,
    ) -> Result<Report, ImportError> {
        import(store, source, Options::default()).await
    }

    /// The same, where the export has to agree with keys or a checkpoint from outside it.
    pub async fn import_against<S: Read + Seek + Send + 'static>(
        store: &dyn LogStore,
        source: S,
        against: Options,
    ) -> Result<Report, ImportError> {
        import(store, source, against).await
    }

    /// Fills an empty store from a copy of the log, such as the archive.
    pub async fn restore(
        store: &dyn LogStore,
        source: &dyn Source,
        options: &restore::Options,
    ) -> Result<Restored, RestoreError> {
        restore::restore(store, source, options).await
    }
}

/// Shows what other processes append.
async fn follow(store: Arc<dyn LogStore>, visible: watch::Sender<u64>) {
    let mut positions = store.follow();
    while let Some(position) = positions.next().await {
        visible.send_if_modified(|seen| std::mem::replace(seen, position.max(*seen)) < position);
    }
}
