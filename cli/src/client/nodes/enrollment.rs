//! The tokens with which nodes' agents enroll.

use clap::Subcommand;
use gpuaas_sdk::{EnrollmentToken, NewEnrollment};

use crate::client::change::Change;
use crate::client::{Ask, Session, resolve, secret};
use crate::config::Seconds;
use crate::output::{self, Failure, Show, moment};

/// What is done with enrollment tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Issues a token with which the node's agent enrolls once, and tells it this once.
    IssueToken {
        /// The node's name or id.
        node: String,
        /// For how long it can be used, for example 15m; by default 1h.
        #[arg(long, value_name = "DURATION")]
        expires_in: Option<Seconds>,
        #[command(flatten)]
        change: Change,
    },
    /// Revokes an enrollment token: nobody enrolls with it any more.
    RevokeToken {
        /// The node's name or id.
        node: String,
        /// The token's id.
        id: String,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        match self {
            Self::IssueToken { node, expires_in, change } => {
                let node = resolve::node(client, &node).await?;
                let body = NewEnrollment { expires_in: expires_in.map(|Seconds(seconds)| seconds) };
                let issued = client.issue_enrollment_token(&node, &body, &change.mutation()).await?.value;
                let EnrollmentToken { id, expires_at, .. } = &issued.enrollment;
                let about = format!("enrollment token {id} of {node} until {}", moment(expires_at));
                secret::tell(session, &issued, issued.token.as_deref(), &about)
            }
            Self::RevokeToken { node, id, change } => {
                let node = resolve::node(client, &node).await?;
                output::one(*format, &client.revoke_enrollment_token(&node, &id, &change.mutation()).await?.value)
            }
        }
    }
}

impl Show for EnrollmentToken {
    const COLUMNS: &'static [&'static str] = &["ID", "NODE", "STATUS", "EXPIRES"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.clone(), self.node_id.clone(), self.status.to_string(), moment(&self.expires_at)]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("created", moment(&self.created_at))]
    }
}
