//! The agent with a real Docker engine and a real registry.

mod crash;
mod engine;
mod images;
mod isolation;
mod launch;
mod lifecycle;
mod rules;
mod world;
