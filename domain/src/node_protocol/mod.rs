//! What a node's agent and the server say to each other: JSON over HTTPS with mTLS.
//!
//! | request | body | answer | certificate |
//! |---|---|---|---|
//! | POST [`path::ENROLL`] | [`enrollment::EnrollRequest`] | [`enrollment::CertificateAnswer`] | none yet: the token |
//! | POST [`path::RECOVER`] | [`enrollment::RecoverRequest`] | [`enrollment::CertificateAnswer`] | expired: the key's signature |
//! | POST [`path::RENEW`] | [`enrollment::RenewRequest`] | [`enrollment::CertificateAnswer`] | the node's |
//! | POST [`path::HEARTBEAT`] | [`heartbeat::Heartbeat`] | [`heartbeat::HeartbeatAnswer`] | the node's |
//! | GET [`path::TASKS`] | none | [`stream::ServerFrame`]s, one JSON text a line, until either side ends it | the node's |
//! | POST [`path::REPORTS`] | [`report::SignedReport`] | [`report::ReportAnswer`] | the node's |
//! | POST [`path::CREDENTIALS`] | [`credential::CredentialRequest`] | [`credential::Credential`] | the node's |
//! | POST [`path::PROGRESS`] | [`progress::PullProgress`] | empty, 204 | the node's |
//! | POST [`path::LOGS`] | [`logs::LogAnswer`] | empty, 204 | the node's |
//! | GET [`path::TUNNELS`]`/{tunnel}`, `Upgrade: `[`tunnel::UPGRADE`] | none | 101, then [`tunnel::Frame`]s both ways | the node's |
//!
//! A refusal is the REST error envelope; [`refusal::Refusal`] is what of it an agent reads.
//!
//! The server reads strictly: unknown fields and over-long texts are refused. The agent
//! reads answers and frames leniently, so that a newer server can say more, but it reads a
//! task's specification strictly, so that nothing that would change what runs is ignored.
//!
//! What the server owes the agent:
//!
//! - It asks on each request whether the connection's key and serial are a node's that counts
//!   ([`crate::node::Identity::holds`]); a ban also ends the node's open streams and tunnels.
//! - A stream begins with `welcome`, then has every task of the node that has not ended, in the
//!   order in which they were queued, each that is to be left off followed by its `cancel`; then
//!   what is new. It has a line at least every [`stream::SILENCE_SECONDS`] / 2.
//! - A report is answered only when it is in the log. The chain decides whether it counts
//!   ([`crate::node_report`]); each of its items is decided for itself, and those refused are
//!   listed in the answer. Any other answer than 2xx means that the same report is sent again.
//! - The first connection trusts the CA by its certificate's fingerprint, so the server sends the
//!   CA's certificate along in its chain.
//!
//! Texts are signed as they are sent, never re-encoded. What this is not for: sending and
//! receiving; both ends do that with these types.

pub mod credential;
pub mod enrollment;
pub mod heartbeat;
pub mod logs;
pub mod output;
pub mod path;
pub mod progress;
pub mod refusal;
pub mod report;
pub mod stream;
pub mod task;
pub mod token;
pub mod tunnel;
mod wire;

pub(crate) use wire::answers;
