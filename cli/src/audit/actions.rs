//! `gpuaas audit actions`: every command, as the audit trail knows it.

use clap::Args;
use gpuaas_sdk::AuditAction;

use crate::client::{Ask, Session};
use crate::output::{self, Failure, Show};

/// Which server to ask.
#[derive(Debug, Args)]
pub(crate) struct Actions {}

impl Ask for Actions {
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
