//! The binary against a real platform: its own, started on an empty directory.

mod billing;
mod commands;
mod docker;
mod events;
mod platform;
mod postgres;
mod refusals;
mod restart;
mod simulated;
mod transcript;
mod workloads;
