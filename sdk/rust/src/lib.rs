//! The Rust client of the GPUaaS REST API.
//!
//! `generated.rs` is made from `schemas/openapi.json`; what is written by hand is what every
//! operation shares: authentication, idempotency keys, retries, read-your-writes, errors.

mod client;
mod error;
mod events;
mod export;
mod generated;
mod position;
mod tunnel;

pub use client::{Answer, Client, Mutation};
pub use error::Error;
pub use events::{Event, Events};
pub use export::Export;
pub use generated::*;
pub use tunnel::Tunnel;
