//! `gpuaas audit actions`: every command, as the audit trail knows it.

use std::process::ExitCode;

use clap::Args;
use gpuaas_sdk::AuditAction;

use crate::client::{self, Ask, Session};
use crate::config::{ByClient, Flags};
use crate::output::{self, Failure, Format, Show};

/// Which server to ask.
#[derive(Debug, Args)]
pub(crate) struct Actions {
    #[command(flatten)]
    flags: Flags<ByClient>,
    #[command(flatten)]
    format: Format,
}

/// Lists.
pub(crate) fn run(arguments: Actions) -> ExitCode {
    let Actions { flags, format } = arguments;
    client::ask(&flags, format, All)
}

struct All;

impl Ask for All {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        output::list(*format, &client.list_audit_actions().await?.value.items)
    }
}

impl Show for AuditAction {
    const COLUMNS: &'static [&'static str] = &["ACTION", "TARGET", "PRIVILEGED", "PERMISSIONS"];

    fn cells(&self) -> Vec<String> {
        let privileged = if self.privileged { "yes" } else { "no" };
        let permissions = if self.permissions.is_empty() { "-".to_owned() } else { self.permissions.join(" ") };
        vec![self.action.clone(), self.target.clone(), privileged.to_owned(), permissions]
    }
}
