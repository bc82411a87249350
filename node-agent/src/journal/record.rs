//! The records of the journal. They are read by the same version that wrote them or a newer
//! one, so fields are only ever added, with a default.

use std::collections::BTreeMap;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::report::SignedReport;
use gpuaas_domain::node_protocol::task::{ConfigDigest, TaskEnvelope};
use serde::{Deserialize, Serialize};

use super::state::JournalState;

/// One thing to remember.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Record {
    /// Everything so far, in place of the records before it.
    Snapshot(Box<JournalState>),
    /// A task was taken, and will be carried out.
    Accepted {
        /// The task.
        envelope: Box<TaskEnvelope>,
    },
    /// The host ports of a workload were picked.
    Ports {
        /// Whose.
        instance: InstanceId,
        /// By endpoint.
        ports: BTreeMap<String, u16>,
    },
    /// A container was made for a workload.
    Container {
        /// Whose.
        instance: InstanceId,
        /// The engine's id.
        container: Text<80>,
        /// Config digest of its image.
        image: ConfigDigest,
    },
    /// A report was made; with it, what it says has happened.
    Report {
        /// The digest of its body.
        hash: Digest,
        /// The report.
        report: Box<SignedReport>,
        /// The kernel's id of the boot in which it was made.
        boot_id: Text<40>,
    },
    /// The server has the report.
    Acknowledged {
        /// Its number.
        sequence: u64,
    },
}
