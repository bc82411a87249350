//! The read side of GPUaaS: the projection runner, read models and queries.
//!
//! A [`runner::Runner`] applies the log's entries in order to a
//! [`runner::Projection`] and saves its place in the transaction of the rows, so each
//! entry counts once, whatever crashes and however many servers run. [`queries`] read
//! what came of it. All of it can be thrown away and built again from the log.
//!
//! What this crate is not for: it decides nothing and is no authority. Whether a name
//! is free, a token counts or a slot is taken is asked of the log.

mod answers;
pub mod audit;
mod cursors;
mod deliveries;
mod heard;
pub mod queries;
pub mod resources;
pub mod runner;
pub mod store;

pub use answers::Answers;
pub use cursors::Cursors;
pub use deliveries::{DeadLetter, Deliveries, Place};
pub use heard::Heard;
pub use store::{ReadError, ReadStore};
