//! Who is asking: the bearer token of a request, and the operator's token.

pub mod admin;
mod bearer;
pub mod reach;

pub use bearer::{Caller, identify};
