//! Requests that this server makes by itself, to places that others name. One client makes
//! them all: it connects to the address that it checked and to no other, not to private
//! ranges unless the operator listed the place, follows no redirect, and reads so much and
//! no more.

mod address;
mod challenge;
mod client;
mod destinations;
mod registry;
mod settings;
mod witness;

pub(crate) use client::{Delivered, OutgoingError};
pub use destinations::{Destinations, ListedHost, ListedHostError};
pub use registry::Registries;
pub use settings::{Images, ListedRegistry, ListedRegistryError};
pub(crate) use witness::Reply;
pub use witness::{ListedWitness, ListedWitnessError};
