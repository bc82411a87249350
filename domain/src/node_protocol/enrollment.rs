//! How an agent gets its certificates. The key never leaves the node; of a request for a
//! certificate (CSR, RFC 2986) only the public key is used.

use super::answers;
use crate::bounded::{Document, Text};
use crate::event::fields;
use crate::fixed::{PublicKey, Signature};
use crate::id::{EnrollmentId, NodeId};
use crate::time::Timestamp;

/// How long a signed request to come back counts, in seconds, either way.
pub const RECOVERY_WINDOW: u64 = 300;

fields! {
    /// Takes a node for the agent's own.
    pub struct EnrollRequest {
        /// Which enrollment.
        pub enrollment: EnrollmentId,
        /// The token's secret in hex.
        pub secret: Text<64>,
        /// Request for a certificate, PEM.
        pub csr: Document<4096>,
        /// The agent's version.
        pub agent_version: Text<40>,
    }

    /// Asks for the next certificate. The key has to be the one of the connection.
    pub struct RenewRequest {
        /// Request for a certificate, PEM.
        pub csr: Document<4096>,
    }

    /// Asks for a certificate when the last one has expired.
    pub struct RecoverRequest {
        /// Who asks.
        pub node: NodeId,
        /// When; no more than [`RECOVERY_WINDOW`] away from the server's time.
        pub at: Timestamp,
        /// Request for a certificate, PEM.
        pub csr: Document<4096>,
        /// The node's signature over [`RecoverRequest::signed_bytes`].
        pub signature: Signature,
    }
}

impl RecoverRequest {
    /// What the node signs: a word that says what for, and each field on a line of its own.
    #[must_use]
    pub fn signed_bytes(node: NodeId, at: Timestamp, csr: &str) -> Vec<u8> {
        format!("gpuaas.node_recovery.v1\n{node}\n{}\n{csr}", at.0).into_bytes()
    }
}

answers! {
    /// A certificate, and what goes with it.
    pub struct CertificateAnswer {
        /// The node.
        pub node: NodeId,
        /// The key that was certified.
        pub public_key: PublicKey,
        /// The node's certificate, PEM.
        pub certificate: Document<16384>,
        /// The CA's certificate, PEM: whom the agent trusts from here on.
        pub ca: Document<16384>,
        /// From when the certificate counts.
        pub not_before: Timestamp,
        /// Until when.
        pub not_after: Timestamp,
    }
}
