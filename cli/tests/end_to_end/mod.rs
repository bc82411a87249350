//! The binary against a real platform: its own, started on an empty directory.

mod commands;
mod events;
mod platform;
mod postgres;
mod refusals;
mod restart;
mod transcript;
