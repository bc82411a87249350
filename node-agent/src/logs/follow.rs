//! Followers: one task for each workload that runs, from the last line kept on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use gpuaas_domain::id::InstanceId;
use tokio_util::task::AbortOnDropHandle;

use super::Logs;
use crate::executor::Executor;
use crate::journal::Work;

/// The tasks that follow.
#[derive(Debug, Default)]
pub(crate) struct Followers(Mutex<BTreeMap<InstanceId, AbortOnDropHandle<()>>>);

impl Followers {
    /// Follows a workload, in place of whoever followed it before.
    pub(crate) fn follow(&self, work: Work, logs: Arc<Logs>, executor: Arc<dyn Executor>) {
        let instance = work.instance();
        let mut followers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The one before has to be gone before the last line is asked for, or both keep the next one.
        followers.remove(&instance);
        let follow = async move {
            let mut lines = executor.written(&work, logs.last_nanos(instance)).await;
            while let Some(line) = lines.next().await {
                logs.keep(instance, &line);
            }
        };
        followers.insert(instance, AbortOnDropHandle::new(tokio::spawn(follow)));
    }

    /// Follows a workload no more.
    pub(crate) fn leave(&self, instance: InstanceId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&instance);
    }
}
