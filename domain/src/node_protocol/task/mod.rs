//! A task on the wire, and the specification of each kind.

mod control;
mod image;
mod launch;
mod remove;
mod runtime_status;

use super::answers;
use crate::bounded::{Document, Text};
use crate::fixed::Digest;
use crate::id::{NodeId, TaskId};

pub use control::{ControlAction, ControlSpec};
pub use image::{ConfigDigest, ImageReference, ReferenceError};
pub use launch::{
    Artifact, EndpointDecision, EndpointKind, Exposure, Identity, Image, LaunchSpec, LaunchValues, Mount, MountMode,
    Placement, Profile, Readiness, SecretVariable, SpecFault,
};
pub use remove::RemoveSpec;
pub use runtime_status::RuntimeStatusSpec;

/// Most bytes of a specification.
pub const MAX_SPEC: usize = 64 * 1024;
/// Longest that a workload may take to end when asked, in seconds.
pub const MAX_GRACE: u32 = 120;

answers! {
    /// A task as it is delivered.
    pub struct TaskEnvelope {
        /// Which.
        pub task: TaskId,
        /// Whose it is.
        pub node: NodeId,
        /// A [`crate::node_task::TaskKind`]'s word, or one of a newer server.
        pub kind: Text<64>,
        /// Generation of the workload.
        pub generation: u64,
        /// BLAKE3 digest of `spec`, as bytes.
        pub spec_hash: Digest,
        /// The specification as JSON, exactly the bytes that were hashed.
        pub spec: Document<MAX_SPEC>,
    }
}

/// The JSON Schema of each kind's specification, by the kind's word.
#[cfg(feature = "schemas")]
#[must_use]
pub fn schemas() -> Vec<(&'static str, schemars::Schema)> {
    use crate::node_task::TaskKind;
    TaskKind::ALL
        .iter()
        .map(|kind| {
            let schema = match kind {
                TaskKind::OciRuntimeStatus => schemars::schema_for!(RuntimeStatusSpec),
                TaskKind::OciLaunch => schemars::schema_for!(LaunchSpec),
                TaskKind::OciControl => schemars::schema_for!(ControlSpec),
                TaskKind::OciRemove => schemars::schema_for!(RemoveSpec),
            };
            (kind.as_str(), schema)
        })
        .collect()
}
