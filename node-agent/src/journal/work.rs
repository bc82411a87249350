//! A workload, as the journal knows it.

use std::collections::BTreeMap;

use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InstanceId, TaskId};
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Lifecycle};
use gpuaas_domain::node_protocol::task::{ConfigDigest, LaunchSpec};
use serde::{Deserialize, Serialize};

/// A container that was made for a workload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Container {
    /// The engine's id.
    pub(crate) id: Text<80>,
    /// Config digest of its image.
    pub(crate) image: ConfigDigest,
}

/// A workload that is to be there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Work {
    /// The task that launched it.
    pub(crate) task: TaskId,
    /// Its generation.
    pub(crate) generation: u64,
    /// Digest of its specification.
    pub(crate) spec_hash: Digest,
    /// Its specification.
    pub(crate) spec: LaunchSpec,
    /// The host's ports, by endpoint.
    #[serde(default)]
    pub(crate) ports: BTreeMap<String, u16>,
    /// Its container.
    #[serde(default)]
    pub(crate) container: Option<Container>,
    /// What was reported of it last; `None` while its launch is under way.
    #[serde(default)]
    pub(crate) reported: Option<ExecutorOutput>,
    /// Up to where it is attested.
    #[serde(default)]
    pub(crate) attested_until: Timestamp,
    /// The boot in which that was.
    #[serde(default)]
    pub(crate) attested_in: Text<40>,
}

impl Work {
    pub(crate) fn new(task: TaskId, generation: u64, spec_hash: Digest, spec: LaunchSpec) -> Self {
        Self {
            task,
            generation,
            spec_hash,
            spec,
            ports: BTreeMap::new(),
            container: None,
            reported: None,
            attested_until: Timestamp(0),
            attested_in: Text::default(),
        }
    }

    pub(crate) fn instance(&self) -> InstanceId {
        self.spec.identity.instance
    }

    /// How it was when it was reported last.
    pub(crate) fn lifecycle(&self) -> Lifecycle {
        self.reported.as_ref().map_or(Lifecycle::Deploying, |output| output.lifecycle)
    }
}
