//! What the log is called, and who signs it, on the wire.

use serde::Serialize;
use utoipa::ToSchema;

/// The log, as its checkpoints name it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogIdentity)]
pub struct LogView {
    /// Its id.
    #[schema(pattern = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    pub log_id: String,
    /// Its name for the outside: the first line of its checkpoints.
    #[schema(example = "gpuaas.local")]
    pub origin: String,
    /// The keys that sign its checkpoints now, as C2SP writes them (vkey).
    #[schema(min_items = 1)]
    pub keys: Vec<String>,
    /// What of it everybody may fetch under `/log`.
    pub publication: PublicationView,
}

/// What of the log everybody may fetch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogPublication)]
pub struct PublicationView {
    /// Whether everybody may fetch the checkpoint and the hash tiles; if not, only platform
    /// auditors may.
    pub open: bool,
    /// How often the checkpoint moves that everybody sees, in seconds.
    pub every_seconds: u64,
}
