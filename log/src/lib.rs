//! A hash-chained, owner-chained event log with Merkle checkpoints.
//!
//! The stored bytes are the truth: an [`entry::Entry`] is encoded once, hashed as
//! stored, and never re-encoded. The format is `docs/log-format.md`; everything
//! here follows it byte for byte.
//!
//! What this crate is not for: it knows nothing of what the entries mean. Kinds,
//! events and their JSON Schemas are declared by whoever creates the log.

pub mod append;
pub mod appender;
pub mod checkpoint;
pub mod checkpointer;
pub mod cosignature;
mod cosigned;
#[cfg(feature = "cqrs-es")]
pub mod cqrs_es;
pub mod declaration;
pub mod durable;
pub mod encoding;
pub mod entry;
pub mod evidence;
pub mod export;
pub mod fault;
pub mod hash;
pub mod indexes;
pub mod log;
pub mod name;
pub mod payload;
pub mod policy;
pub mod receipt;
pub mod restore;
pub mod state;
pub mod store;
mod tail;
pub mod tiles;
pub mod transfer;
pub mod tree;
pub mod verify;
pub mod witness;

pub use log::Log;
