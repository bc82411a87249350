//! The log outward: entries as public events, the feed that follows the log, and its mirror in NATS.
//!
//! A public event is what a subscriber may see of an entry: names and ids as clients
//! print them, sealed fields sealed. It is never the truth: its position and owner
//! sequence lead back to the entry, which can be checked.
//!
//! What this crate is not for: deciding who may see what ([`Scope`] is told), and
//! answering queries (that is `projections`).

pub mod archive;
pub mod asyncapi;
pub mod event;
pub mod feed;
pub mod http;
pub mod jetstream;
pub mod moment;
pub mod payload;
mod place;
pub mod scope;
pub mod types;

pub use event::{PublicActor, PublicEvent};
pub use feed::{Ended, Feed};
pub use scope::Scope;
