//! What the crate does to the outside: its bytes, its verifier, its stores.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod conformance;
mod decoding;
mod exports;
mod policies;
mod rules;
mod small_log;
mod tampering;
mod vector_files;
mod vectors;
