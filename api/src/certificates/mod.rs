//! The platform's own CA, which vouches for nodes to the gateway and for the gateway to
//! nodes. Ed25519 throughout.
//!
//! A node's certificate says two things: which node, and the serial number of the event
//! that issued it. Whether it counts is the log's to say, with each request. Of a request
//! for a certificate only the public key is used; whatever else it asks for is not given.

mod authority;
mod peer;
mod request;

use gpuaas_commands::handlers::node::NewCertificate;
use gpuaas_domain::Timestamp;
use gpuaas_domain::fixed::Serial;

pub use authority::{Authority, AuthorityError, ServerCertificate};
pub use peer::Peer;
pub use request::requested_key;

/// Microseconds of a second.
const SECOND: u64 = 1_000_000;

/// A certificate to be issued now: certificates have whole seconds.
#[must_use]
pub fn next(now: Timestamp, seconds: u64) -> NewCertificate {
    let mut serial: [u8; 16] = rand::random();
    // Positive, and of all its bytes: DER leaves leading zeros out.
    serial[0] = serial[0] & 0x7f | 0x40;
    let not_before = Timestamp(now.0 - now.0 % SECOND);
    NewCertificate { serial: Serial(serial), not_before, not_after: not_before.plus_seconds(seconds) }
}
