//! What public events meet subscribers with over HTTP: the names of a contract, as
//! `jetstream::header` has those of NATS. Who sends them is above.

/// The server-sent event that ends a stream, whose data says why.
pub const END: &str = "end";
/// The header by which a client goes on after an event.
pub const LAST_EVENT_ID: &str = "last-event-id";

/// Headers of a webhook's message, as Standard Webhooks names them (standardwebhooks.com).
pub mod webhook {
    /// The message: the same for every attempt at an event.
    pub const ID: &str = "webhook-id";
    /// The attempt, in seconds since 1970.
    pub const TIMESTAMP: &str = "webhook-timestamp";
    /// Signatures over `id.timestamp.body`, with a space between.
    pub const SIGNATURE: &str = "webhook-signature";
}
