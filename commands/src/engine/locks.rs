//! Commands on the same stream run one after another in a process.

use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gpuaas_log::append::StreamId;
use tokio::sync::OwnedMutexGuard;

/// Above this many kept locks, those that nobody holds are dropped.
const SWEEP_ABOVE: usize = 10_000;

type Lock = tokio::sync::Mutex<()>;

/// One fair lock per stream that is being written.
#[derive(Debug, Default)]
pub(super) struct Locks {
    locks: Mutex<HashMap<StreamId, Weak<Lock>>>,
}

impl Locks {
    /// Waits for all of them, in one order for everybody, so that nobody waits in a circle.
    pub(super) async fn hold(&self, streams: Vec<StreamId>) -> Vec<OwnedMutexGuard<()>> {
        let ordered: BTreeSet<StreamId> = streams.into_iter().collect();
        let mut held = Vec::with_capacity(ordered.len());
        for stream in ordered {
            held.push(self.lock(stream).lock_owned().await);
        }
        held
    }

    fn lock(&self, stream: StreamId) -> Arc<Lock> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lock) = locks.get(&stream).and_then(Weak::upgrade) {
            return lock;
        }
        if locks.len() > SWEEP_ABOVE {
            locks.retain(|_, lock| lock.strong_count() > 0);
        }
        let lock = Arc::new(Lock::default());
        locks.insert(stream, Arc::downgrade(&lock));
        lock
    }
}
