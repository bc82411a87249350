//! The HTTP surface of GPUaaS, and the server that everything is wired into.
//!
//! A request goes from its route to a command or a query and back; what it may do is
//! decided by the command engine, never here. [`server::serve`] starts a server with
//! everything that it needs.
//!
//! What this crate is not for: rules about resources (`domain`), what an actor may do
//! (`commands`), and anything that only a command line needs (`cli`).

pub mod app;
pub mod archive;
pub mod asyncapi;
pub mod audit_file;
pub mod auth;
pub mod certificates;
mod covered;
mod erasure;
pub mod evidence_file;
pub mod explain;
pub mod gateway;
pub mod http;
pub mod keystore;
pub mod log_export;
pub mod mirror;
pub mod openapi;
pub mod outgoing;
pub mod publication;
pub mod reads;
pub mod resource;
pub mod routes;
pub mod server;
pub mod signing;
pub mod views;
pub mod webhooks;
pub mod witness;
pub mod witnessing;

pub use server::{Config, Server, StartError, serve};
