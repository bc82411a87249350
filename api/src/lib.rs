//! The HTTP surface of GPUaaS, and the server that everything is wired into.
//!
//! A request goes from its route to a command or a query and back; what it may do is
//! decided by the command engine, never here. [`server::serve`] starts a server with
//! everything that it needs.
//!
//! What this crate is not for: rules about resources (`domain`), what an actor may do
//! (`commands`), and anything that only a command line needs (`cli`).

pub mod app;
pub mod auth;
pub mod certificates;
pub mod gateway;
pub mod http;
pub mod keystore;
pub mod log_export;
pub mod openapi;
pub mod outgoing;
pub mod reads;
pub mod resource;
pub mod routes;
pub mod server;
pub mod views;

pub use server::{Config, Server, StartError, serve};
