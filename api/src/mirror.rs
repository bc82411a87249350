//! The mirror in NATS, for whoever restores from it: the server writes it (`server`), and a
//! command line reads it.

pub use gpuaas_relay::jetstream::{Mirror, MirrorError, Settings};
