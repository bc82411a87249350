//! Keys that sign the log's checkpoints, as they are shown.

use gpuaas_log::state::KeyList;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A list of keys, one of which signs each checkpoint while the list is in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogKeyList)]
pub struct LogKeyListView {
    /// The entry that put it in force.
    #[schema(minimum = 1)]
    pub since: u64,
    /// The keys, as C2SP signed-note writes them.
    pub keys: Vec<String>,
    /// Whether it is in force.
    pub in_force: bool,
    /// Size of the first checkpoint that covers that entry, which keys of the list before
    /// signed, too; absent until it is signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_checkpoint: Option<u64>,
}

/// All lists that the log ever named.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogKeyLists {
    /// In the order in which they came in force.
    pub items: Vec<LogKeyListView>,
}

/// The key that replaces the one in force.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLogKey {
    /// One that this platform's servers can sign with; by default, one that is made in the
    /// key store.
    #[schema(max_length = 512)]
    pub key: Option<String>,
}

impl LogKeyListView {
    /// One of them.
    #[must_use]
    pub fn of(list: &KeyList, in_force: bool, first_checkpoint: Option<u64>) -> Self {
        Self {
            since: list.since,
            keys: list.keys.iter().map(ToString::to_string).collect(),
            in_force,
            first_checkpoint,
        }
    }
}
