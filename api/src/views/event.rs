//! What ends a stream of events.

use gpuaas_domain::Code;
use serde::Serialize;

use crate::http::catalog;

/// Why a stream of events ended: the data of its `end` event.
#[derive(Debug, Serialize)]
pub struct EndView {
    /// Stable code, as in refusals.
    pub code: &'static str,
    /// A sentence that says what to do.
    pub message: &'static str,
}

impl EndView {
    /// For a code.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self { code: code.as_str(), message: catalog::explain(code).action.trim_end() }
    }
}
