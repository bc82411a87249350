//! The engine on a real log: one command after another, as a server would issue them.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod authorization;
mod catalog;
mod contention;
mod erasure;
mod fleet;
mod idempotency;
mod launching;
mod log_facts;
mod manifest;
mod money;
mod names;
mod nodes;
mod past;
mod placement;
mod platform;
mod policies;
mod registered;
mod removal;
mod secrets;
mod verification;
