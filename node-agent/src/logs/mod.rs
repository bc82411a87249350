//! What workloads wrote, kept by the agent under growing numbers, the latest of each.

mod follow;
mod ring;

pub(crate) use follow::Followers;
use ring::Ring;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::logs::{LogAnswer, LogRequest, MAX_LINES};
use gpuaas_domain::node_protocol::output::LogReference;

use crate::executor::WrittenLine;

/// The lines of all workloads.
#[derive(Debug)]
pub(crate) struct Logs {
    folder: PathBuf,
    rings: Mutex<BTreeMap<InstanceId, Ring>>,
}

impl Logs {
    /// Lines kept in a folder.
    pub(crate) fn new(folder: PathBuf) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, rings: Mutex::default() })
    }

    /// Keeps a line.
    pub(crate) fn keep(&self, instance: InstanceId, line: &WrittenLine) {
        self.with(instance, |ring| {
            if let Err(error) = ring.keep(line) {
                tracing::warn!(%instance, %error, "a log line was not kept");
            }
        });
    }

    /// The moment of the last line kept: what to follow on from.
    pub(crate) fn last_nanos(&self, instance: InstanceId) -> i128 {
        self.with(instance, |ring| ring.last_nanos())
    }

    /// Which lines are kept.
    pub(crate) fn reference(&self, instance: InstanceId) -> LogReference {
        self.with(instance, |ring| LogReference { first: ring.first(), next: ring.next() })
    }

    /// Answers a request.
    pub(crate) fn answer(&self, request: &LogRequest) -> LogAnswer {
        let limit = request.limit.min(MAX_LINES);
        let known = self.file(request.instance).exists();
        self.with(request.instance, |ring| LogAnswer {
            request: request.request,
            first: ring.first(),
            next: ring.next(),
            lines: ring.read(request.from, limit),
            known,
        })
    }

    /// Forgets the lines of a workload that was removed.
    pub(crate) fn forget(&self, instance: InstanceId) {
        self.rings().remove(&instance);
        // Not there is as good as removed.
        let _ = std::fs::remove_file(self.file(instance));
    }

    fn with<T>(&self, instance: InstanceId, of: impl FnOnce(&mut Ring) -> T) -> T {
        let mut rings = self.rings();
        of(rings.entry(instance).or_insert_with(|| Ring::open(self.file(instance))))
    }

    fn file(&self, instance: InstanceId) -> PathBuf {
        self.folder.join(format!("{instance}.ndjson"))
    }

    fn rings(&self) -> MutexGuard<'_, BTreeMap<InstanceId, Ring>> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
