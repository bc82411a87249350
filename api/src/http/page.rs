//! A page of a list.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Items on a page, unless asked for otherwise.
pub const DEFAULT_LIMIT: u16 = 50;
/// Most items on a page.
pub const MAX_LIMIT: u16 = 200;

/// A page of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}
