//! The keys that sign the log's checkpoints.

use clap::Args;
use gpuaas_sdk::{LogKeyList, NewLogKey};

use crate::client::change::Change;
use crate::client::{Ask, Session};
use crate::output::{self, Failure, Show};

/// Arguments of `gpuaas log rotate-key`.
#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    /// One of the setting signing-keys; by default a key that is made in the key store.
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    #[command(flatten)]
    change: Change,
}

/// Arguments of `gpuaas log keys`.
#[derive(Debug, Args)]
pub(crate) struct Keys {}

impl Ask for Keys {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        output::list(*format, &client.list_log_keys().await?.value.items)
    }
}

impl Ask for RotateKey {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let body = NewLogKey { key: self.key };
        output::one(*format, &client.rotate_log_key(&body, &self.change.mutation()).await?.value)
    }
}

impl Show for LogKeyList {
    const COLUMNS: &'static [&'static str] = &["SINCE", "IN FORCE", "FIRST CHECKPOINT", "KEYS"];

    fn cells(&self) -> Vec<String> {
        let in_force = if self.in_force { "yes" } else { "no" };
        let first = self.first_checkpoint.map_or_else(|| "-".to_owned(), |size| size.to_string());
        vec![self.since.to_string(), in_force.to_owned(), first, self.keys.join(" ")]
    }
}
