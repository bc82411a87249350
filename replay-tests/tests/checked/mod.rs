//! The client of the API's own tests: it reads its own writes, and checks every answer
//! against the OpenAPI document.

#![allow(dead_code, reason = "the API's own tests use all of it")]

#[path = "../../../api/tests/harness/client.rs"]
mod client;
#[path = "../../../api/tests/harness/contract.rs"]
mod contract;
#[path = "../../../api/tests/harness/with_a_node.rs"]
mod with_a_node;

pub(crate) use client::{Client, Reply};
pub(crate) use contract::all_reached;
pub(crate) use with_a_node::WITH_A_NODE;
