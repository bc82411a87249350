//! A real server on a data directory of its own, and clients that check what it answers.

mod announced;
mod client;
mod contract;
mod database;
mod running;
mod tenant;
mod with_a_node;

pub(crate) use announced::check_announced;
pub(crate) use client::{Client, Reply};
pub(crate) use contract::{Operation, all_reached, operations};
pub(crate) use database::Database;
pub(crate) use running::{Running, config};
pub(crate) use tenant::{Tenant, artifact, manifest, person};
pub(crate) use with_a_node::WITH_A_NODE;
