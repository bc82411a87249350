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
pub mod interval;
pub mod label;
pub mod money;
mod registry;
mod sealed;
pub mod text;
pub mod time;

pub mod access;
pub mod allocation;
pub mod app;
pub mod app_instance;
pub mod app_version;
pub mod artifact;
pub mod attestation;
pub mod enrollment;
pub mod entitlement;
pub mod evidence_bundle;
pub mod invoice;
pub mod launch_checks;
pub mod ledger;
pub mod membership;
pub mod node;
pub mod node_protocol;
pub mod node_report;
pub mod node_task;
pub mod organization;
pub mod placement;
pub mod price_book;
pub mod profile;
pub mod project;
pub mod rating;
pub mod service_account;
pub mod sku;
pub mod token;
pub mod usage;
pub mod usage_event;
pub mod usage_unit;
pub mod user;
pub mod webhook;

pub use aggregate::{Aggregate, Rejected};
pub use code::Code;
pub use event::{DecodeError, EventSet, Fields, SchemaEntry};
pub use registry::{AnyEvent, AnyState, Kind, KindOwner};
pub use sealed::Sealed;
pub use time::Timestamp;
