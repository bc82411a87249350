//! Canonical MessagePack: the shortest form of every value, and a reader that
//! accepts nothing else (format, section 1).
//!
//! Own code rather than a library, because no MessagePack library refuses longer
//! forms, and because the verifier reads millions of entries without copying.

mod payload;
mod reader;
mod writer;

pub use payload::{MAX_DEPTH, check_payload};
pub use reader::{Reader, Value};
pub use writer::Writer;

/// Largest integer outside payloads: 2⁵³−1.
pub const MAX_INTEGER: u64 = (1 << 53) - 1;

/// Why bytes are not canonical. The text names the rule; it is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct EncodingError(pub &'static str);
