//! The engine on a real log: one command after another, as a server would issue them.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod authorization;
mod contention;
mod idempotency;
mod names;
mod platform;
mod secrets;
