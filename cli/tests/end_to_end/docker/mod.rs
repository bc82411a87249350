//! Workloads in real containers of this machine, as a person at a terminal has them.

mod demo;
mod image;
mod open;
mod workload;
