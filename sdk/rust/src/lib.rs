//! The Rust client of the GPUaaS REST API.
//!
//! `generated.rs` is made from `schemas/openapi.json`; what is written by hand is what every
//! operation shares: authentication, idempotency keys, retries, read-your-writes, errors.

mod client;
mod error;
mod events;
mod export;
mod generated;
#[cfg(feature = "jetstream")]
pub mod jetstream;
mod position;
mod proofs;
mod tunnel;

pub use client::{Answer, Client, Mutation};
pub use error::Error;
pub use events::{Event, Events};
pub use export::Export;
pub use generated::*;
pub use tunnel::Tunnel;
