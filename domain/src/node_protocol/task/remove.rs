//! `workload.oci_remove`.

use super::launch::Identity;
use crate::event::fields;

fields! {
    /// Removes a workload's container, network and scratch space. What is not there is removed already.
    pub struct RemoveSpec {
        /// Which workload.
        pub identity: Identity,
        /// Seconds that it has to end by itself, at most 120.
        #[cfg_attr(feature = "schemas", schemars(range(max = 120)))]
        pub grace_seconds: u32,
    }
}
