//! `workload.oci_runtime_status`.

use crate::event::fields;

fields! {
    /// Asks what the container engine can do. The answer is an item of the report, too.
    pub struct RuntimeStatusSpec {}
}
