//! What must hold however the processes and their services end.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod checked;
mod contest;
mod cqrs_es;
mod crash;
mod erasure;
mod golden_events;
mod launch;
mod nats;
mod nodes;
mod outsider;
mod published;
mod served;
