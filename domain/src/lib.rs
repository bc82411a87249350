//! The pure rules of GPUaaS: ids, states, commands, events, decisions.
//!
//! One module per aggregate. `decide` turns a state and a command into events or a
//! rejection; `evolve` turns a state and an event into the next state. Both are
//! synchronous and total: the time, new ids and every looked-up fact arrive inside
//! the command.
//!
//! What this crate is not for: storage, clocks, randomness, async. `clippy.toml`
//! beside the manifest bans them.

mod aggregate;
pub mod bounded;
pub mod code;
mod event;
pub mod fixed;
pub mod id;
mod registry;
mod sealed;
pub mod text;
pub mod time;

pub mod access;
pub mod membership;
pub mod organization;
pub mod project;
pub mod service_account;
pub mod token;
pub mod user;

pub use aggregate::{Aggregate, Rejected};
pub use code::Code;
pub use event::{DecodeError, EventSet, Fields, SchemaEntry};
pub use registry::{AnyEvent, AnyState, Kind, KindOwner};
pub use sealed::Sealed;
pub use time::Timestamp;
