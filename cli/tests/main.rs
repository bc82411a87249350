//! The binary as a user meets it.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

mod audit;
mod documents;
mod end_to_end;
mod proofs;
mod restoring;
