//! The archive: written whatever breaks off, and enough to restore the log from alone.

#![allow(clippy::unwrap_used, reason = "a test that fails here says where")]

mod altered;
mod breaking;
mod copied;
mod erased;
mod interrupted;
mod place;
mod several;
mod world;
