//! How the mirror is doing.

use serde::Serialize;

/// How the mirror is doing, as far as this server knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether it can be written at present.
    pub connected: bool,
    /// The generation that is written; 0 before the first.
    pub generation: u64,
    /// Position up to which the raw entries are there.
    pub position: u64,
    /// Position up to which the public events are there.
    pub events_position: u64,
    /// Audits that this server has ended.
    pub audits: u64,
    /// What this server found missing, damaged or foreign since it started.
    pub faults: u64,
    /// The last of them, or why the mirror cannot be written.
    pub fault: Option<String>,
}
