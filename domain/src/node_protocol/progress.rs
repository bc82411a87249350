//! How far an image has come. Shown while it lasts, recorded nowhere.

use crate::event::fields;
use crate::id::{InstanceId, TaskId};

fields! {
    /// How far an image has come.
    pub struct PullProgress {
        /// For which task.
        pub task: TaskId,
        /// For which workload.
        pub instance: InstanceId,
        /// Layers that are there.
        pub layers_done: u32,
        /// Layers known of.
        pub layers_total: u32,
        /// Bytes that are there.
        pub bytes_done: u64,
        /// Bytes known of.
        pub bytes_total: u64,
    }
}
