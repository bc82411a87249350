//! The GPUaaS node agent: takes tasks from the server and runs workloads on this machine.
//!
//! The agent dials the server and is never dialled. It writes down what it is going to do
//! before it does it ([`run`] resumes from there), starts nothing again by itself, and
//! signs what it says. What it speaks is [`gpuaas_domain::node_protocol`]; what runs the
//! workloads is behind one trait, with Docker as the real one.
//!
//! What this is not for: deciding where something runs, or what it costs.

mod agent;
mod args;
mod clock;
mod config;
mod endpoints;
mod error;
mod executor;
#[cfg(test)]
mod fixtures;
mod folder;
mod gateway;
mod identity;
mod inventory;
mod journal;
mod logs;
mod oci;
mod report;
mod signals;
mod simulate;

pub use agent::run;
pub use args::{Arguments, ArgumentsError, EndedError};
pub use config::{Config, Engine, InventorySource};
pub use error::AgentError;
pub use folder::FolderError;
pub use gateway::{EndpointError, GatewayError};
pub use identity::{IdentityError, is_enrolled};
pub use inventory::InventoryReadError;
pub use journal::JournalError;
pub use oci::lift_isolation;
pub use oci::{LoadImageError, load_image};
pub use signals::stop_on_signal;
pub use simulate::{Simulation, simulate};

/// The agent's version, as it is reported.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
