//! A server in a process of its own, and whoever asks it.

mod caller;
mod server;

pub(crate) use caller::{Caller, answer, id, refused};
pub(crate) use server::Server;
