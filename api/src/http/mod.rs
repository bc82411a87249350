//! What every request and answer has alike, whatever it is about: errors, correlation,
//! strict bodies, idempotency keys, preconditions, cursors, limits.

pub mod answer;
pub mod as_of;
pub mod body;
pub mod catalog;
pub mod correlation;
pub mod deadline;
pub mod dry_run;
mod envelope;
pub mod header;
pub mod json;
pub mod measure;
pub mod mutation;
mod objects;
pub mod origin;
pub mod page;
pub mod panic;
pub mod parameters;
pub mod position;
pub mod problem;
pub mod rate;
pub mod read;
pub mod status;

pub use envelope::envelope;
pub use mutation::Mutation;
pub use problem::Problem;
pub use read::{Read, ReadOne};
