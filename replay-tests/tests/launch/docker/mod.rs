//! What needs an engine and a registry, which is all of it.

mod crash;
mod engine;
mod failures;
mod image;
mod jupyterlab;
mod lifecycle;
mod manifest;
mod metering;
mod place;
mod refusals;
mod secrets;
mod tunnel;
mod world;
