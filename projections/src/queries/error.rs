//! Why a query has no answer.

use crate::store::ReadError;

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The cursor was made by another list, by another filter or order, or by nobody.
    #[error("the cursor was not made by this list; begin again without one")]
    InvalidCursor,
    /// A page has from 1 to 200 resources.
    #[error("the limit must be from 1 to 200")]
    InvalidLimit,
    /// A text to compare with cannot be in any name or status.
    #[error("{field} must be at most 512 bytes, without NUL")]
    InvalidText {
        /// Which field of the filter.
        field: &'static str,
    },
    /// The read models have not come so far in the time given.
    #[error("the read models are at position {reached}, not yet at {wanted}")]
    Behind {
        /// How far they are.
        reached: u64,
        /// How far they should be.
        wanted: u64,
    },
    /// The read database did not answer.
    #[error(transparent)]
    Read(#[from] ReadError),
}
