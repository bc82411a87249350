//! What an agent reports. Each report names the hash of the one before and is signed.

use serde::{Deserialize, Serialize};

use super::answers;
use super::output::{ExecutorOutput, Failure};
use crate::attestation::Statement;
use crate::bounded::{Document, Text};
use crate::event::fields;
use crate::fixed::{Digest, Signature};
use crate::id::{AllocationId, InstanceId, NodeId, TaskId};
use crate::node::{Inventory, RuntimeStatus};
use crate::node_report::ChainPoint;
use crate::time::Timestamp;

/// Most bytes of a report's body.
pub const MAX_BODY: usize = 256 * 1024;
/// Most items of a report.
pub const MAX_ITEMS: usize = 64;

fields! {
    /// A report as it is sent: a text and its signature.
    pub struct SignedReport {
        /// [`ReportBody`] as JSON. Its BLAKE3 digest is what the next report names.
        pub body: Document<MAX_BODY>,
        /// The node's signature over [`SignedReport::signed_bytes`].
        pub signature: Signature,
    }

    /// What a report says.
    pub struct ReportBody {
        /// Whose report it is.
        pub node: NodeId,
        /// Its place in the chain.
        pub chain: ChainPoint,
        /// When it was made, by the node's clock.
        pub at: Timestamp,
        /// What happened, in order, at most [`MAX_ITEMS`].
        pub items: Vec<ReportItem>,
    }

    /// Where a task has come to.
    pub struct TaskReport {
        /// Which task.
        pub task: TaskId,
        /// Its generation.
        pub generation: u64,
        /// When.
        pub at: Timestamp,
        /// Where to.
        pub step: TaskStep,
    }

    /// How a workload is that changed without a task.
    pub struct WorkloadReport {
        /// Whose slots it uses.
        pub allocation: AllocationId,
        /// Which.
        pub instance: InstanceId,
        /// Its generation.
        pub generation: u64,
        /// When it was noticed.
        pub at: Timestamp,
        /// How it is.
        pub output: ExecutorOutput,
    }

    /// That a workload ran.
    pub struct SignedStatement {
        /// What is attested.
        pub statement: Statement,
        /// The node's signature over [`Statement::signed_bytes`].
        pub signature: Signature,
    }
}

impl SignedReport {
    /// What the node signs: a word that says what for, and the body.
    #[must_use]
    pub fn signed_bytes(body: &str) -> Vec<u8> {
        format!("gpuaas.node_report.v1\n{body}").into_bytes()
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReportItem {
    /// A task came to another state.
    Task(Box<TaskReport>),
    /// A workload changed by itself.
    Workload(Box<WorkloadReport>),
    /// A workload ran.
    Attestation(Box<SignedStatement>),
    /// The node has something else.
    Inventory(Inventory),
    /// The container engine can do something else.
    Runtime(RuntimeStatus),
}

/// Where a task has come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TaskStep {
    /// It is in the journal.
    Accepted,
    /// The agent is at it.
    Running,
    /// It was done.
    Succeeded {
        /// What the executor gave back.
        output: ExecutorOutput,
    },
    /// It could not be done, or was refused.
    Failed {
        /// Why.
        failure: Failure,
        /// What the executor gave back.
        output: ExecutorOutput,
    },
    /// It was left off.
    Cancelled {
        /// What the executor gave back.
        output: ExecutorOutput,
    },
}

impl TaskStep {
    /// Whether nothing follows it.
    #[must_use]
    pub fn is_end(&self) -> bool {
        match self {
            Self::Accepted | Self::Running => false,
            Self::Succeeded { .. } | Self::Failed { .. } | Self::Cancelled { .. } => true,
        }
    }
}

answers! {
    /// The server has the report, for good.
    pub struct ReportAnswer {
        /// Number of the report.
        pub sequence: u64,
        /// Digest of its body.
        pub hash: Digest,
        /// Items that were refused; the others count.
        #[serde(default)]
        pub refused: Vec<RefusedItem>,
    }

    /// An item that was refused.
    pub struct RefusedItem {
        /// Its place among the items, from 0.
        pub index: u32,
        /// The stable code.
        pub code: Text<64>,
        /// What to do.
        pub message: Text<300>,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_item_or_field_is_refused() {
        for bad in [
            "{\"surprise\":{}}",
            "{\"task\":{\"task\":\"task_01h2e8kqvbfwea724h75qc655w\",\"generation\":1,\"at\":1,\"step\":\"accepted\",\"x\":1}}",
            "{\"task\":{\"task\":\"inst_01h2e8kqvbfwea724h75qc655w\",\"generation\":1,\"at\":1,\"step\":\"accepted\"}}",
        ] {
            assert!(serde_json::from_str::<ReportItem>(bad).is_err(), "{bad}");
        }
        let good =
            "{\"task\":{\"task\":\"task_01h2e8kqvbfwea724h75qc655w\",\"generation\":1,\"at\":1,\"step\":\"accepted\"}}";
        assert!(serde_json::from_str::<ReportItem>(good).is_ok());
    }
}
