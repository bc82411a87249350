//! The binary against a real platform: its own, started on an empty directory.

mod audit;
mod billing;
mod commands;
mod docker;
mod events;
mod evidence;
mod nats;
mod platform;
mod postgres;
mod receipts;
mod recovery;
mod refusals;
mod restart;
mod simulated;
mod transcript;
mod witnesses;
mod workloads;
