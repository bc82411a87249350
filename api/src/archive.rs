//! The archive, for whoever restores from it: the server writes it (`server`), and a command
//! line reads it.

pub use gpuaas_relay::archive::{ArchiveSource, Place, PlaceError};
