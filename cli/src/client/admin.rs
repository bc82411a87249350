//! `gpuaas admin`: what only the operator does.

use clap::Subcommand;

use super::change::Change;
use super::{Ask, Session, secret};
use crate::output::{Failure, moment};

/// What only the operator of a platform does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replaces the operator's token. The old one stops counting; the new one is told
    /// this once, and written to the server's admin.token.
    RotateToken {
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::RotateToken { change } => {
                let issued = session.client.rotate_admin_token(&change.mutation()).await?.value;
                let about = format!("admin token {} until {}", issued.token.id, moment(&issued.token.expires_at));
                secret::tell(session, &issued, issued.bearer.as_deref(), &about)
            }
        }
    }
}
