//! Launches from the API to a container and back: a real server, a real agent, a real engine
//! and a real registry.

mod docker;
