//! `workload.oci_control`.

use super::launch::Identity;
use crate::event::{fields, words};

words! {
    /// What to do with a workload that is there.
    pub enum ControlAction {
        /// Let it run again; nothing if it runs.
        Start = "start",
        /// End it and keep its container; nothing if it does not run.
        Stop = "stop",
        /// End it and let it run again.
        Restart = "restart",
    }
}

fields! {
    /// Starts, stops or restarts a workload.
    pub struct ControlSpec {
        /// Which workload.
        pub identity: Identity,
        /// What to do.
        pub action: ControlAction,
        /// Seconds that it has to end by itself, at most 120.
        #[cfg_attr(feature = "schemas", schemars(range(max = 120)))]
        pub grace_seconds: u32,
    }
}
