//! Following an organization's events over NATS JetStream without trusting it: what does not
//! fit is asked of the server. The rule is in `docs/subscribing/jetstream.md`.
//!
//! What this is not for: durable places. Whoever uses it keeps the owner sequence of the last
//! event that it has dealt with, and begins after it the next time.

mod message;
mod place;
mod refill;
mod subscriber;

pub use subscriber::{Error, Seen, Source, Subscriber};
