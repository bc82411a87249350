//! What must hold however the processes and their services end.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod checked;
mod contest;
mod crash;
mod golden_events;
mod launch;
mod nodes;
mod outsider;
