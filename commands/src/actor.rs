//! Who issues commands.

use gpuaas_domain::fixed::{PublicKey, Serial};
use gpuaas_domain::id::{EnrollmentId, NodeId, ServiceAccountId, TokenId, TypedId};
use gpuaas_domain::token::Subject;
use gpuaas_log::append::Name;
use uuid::Uuid;

/// An actor that showed a token whose signature holds. Whether the token still counts is
/// decided with each command, on the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Principal {
    /// Whom the token speaks for.
    pub subject: Subject,
    /// The token.
    pub token: TokenId,
}

/// Who issues a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person or a service account.
    Principal(Principal),
    /// A service account that shows its secret to get a token. The handler checks the secret.
    Credential(ServiceAccountId),
    /// A node, over a connection with its certificate.
    Node {
        /// Which.
        node: NodeId,
        /// Its key.
        public_key: PublicKey,
        /// The certificate's serial number.
        certificate: Serial,
    },
    /// An agent that shows an enrollment token to become this node. The handler checks it.
    Enrolling {
        /// Which node.
        node: NodeId,
        /// By which token.
        enrollment: EnrollmentId,
    },
    /// A policy: a consumer of the log that issues commands.
    Policy(Uuid),
    /// The process itself: at its first start, or by an operator's hand on the machine.
    System,
}

impl Actor {
    /// As the log names it.
    #[must_use]
    pub fn for_log(&self) -> gpuaas_log::append::Actor {
        let (kind, id, token) = match self {
            Self::Principal(Principal { subject, token }) => {
                let (kind, id) = subject_parts(*subject);
                (kind, Some(id), Some(token.uuid()))
            }
            Self::Credential(account) => ("service_account", Some(account.uuid()), None),
            Self::Node { node, certificate, .. } => ("node", Some(node.uuid()), Some(Uuid::from_bytes(certificate.0))),
            Self::Enrolling { node, enrollment } => ("node", Some(node.uuid()), Some(enrollment.uuid())),
            Self::Policy(id) => ("policy", Some(*id), None),
            Self::System => ("system", None, None),
        };
        gpuaas_log::append::Actor { kind: Name::Borrowed(kind), id, token, on_behalf_of: None }
    }

    /// Kind and id under which idempotency keys are told apart.
    #[must_use]
    pub fn identity(&self) -> (&'static str, Uuid) {
        match self {
            Self::Principal(principal) => subject_parts(principal.subject),
            Self::Credential(account) => ("service_account", account.uuid()),
            Self::Node { node, .. } | Self::Enrolling { node, .. } => ("node", node.uuid()),
            Self::Policy(id) => ("policy", *id),
            Self::System => ("system", Uuid::nil()),
        }
    }
}

fn subject_parts(subject: Subject) -> (&'static str, Uuid) {
    match subject {
        Subject::User(user) => ("user", user.uuid()),
        Subject::ServiceAccount(account) => ("service_account", account.uuid()),
    }
}
