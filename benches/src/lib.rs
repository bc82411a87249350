//! Measured comparisons, each against a peer or a limit in the same run.

pub mod platform;
pub mod synthetic;
