//! `gpuaas instances token`.

use clap::Args;

use super::Named;
use crate::client::Session;
use crate::client::change::Change;
use crate::output::{self, Failure};

/// The token by which a workload knows its users.
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    change: Change,
}

impl Token {
    /// Prints the token alone, so that it can be passed on.
    pub(super) async fn ask(self, session: &Session) -> Result<(), Failure> {
        let (project, id) = self.named.ids(session).await?;
        let how = self.change.mutation();
        let told = session.client.deliver_app_instance_token(&project, &id, &how).await?.value;
        if session.format.json {
            return output::json(&told);
        }
        told.token.map_or(Ok(()), |token| output::line(&token))
    }
}
