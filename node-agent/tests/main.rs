//! The agent against a gateway of the same protocol, real TLS, and a real Docker engine.
//!
//! The gateway decides with the domain's own aggregates, so what passes here is what the
//! server's rules say. Tests under `docker` use the engine that `DOCKER_HOST` names, or the
//! one at the usual socket, and a registry at `GPUAAS_TEST_REGISTRY`.

#![allow(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod agent;
mod docker;
mod enrollment;
mod gateway;
mod renewal;
mod reports;
mod schemas;
mod simulated;
mod specs;
mod tasks;
