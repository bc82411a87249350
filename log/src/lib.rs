//! A hash-chained, owner-chained event log with Merkle checkpoints.
//!
//! The stored bytes are the truth: an [`entry::Entry`] is encoded once, hashed as
//! stored, and never re-encoded. The format is `docs/log-format.md`; everything
//! here follows it byte for byte.
//!
//! What this crate is not for: it knows nothing of what the entries mean. Kinds,
//! events and their JSON Schemas are declared by whoever creates the log.

pub mod append;
pub mod encoding;
pub mod entry;
pub mod hash;
pub mod name;
