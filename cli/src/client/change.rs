//! How a change is to be made.

use clap::Args;
use gpuaas_sdk::Mutation;

/// How a change is to be made.
#[derive(Debug, Default, Args)]
pub(crate) struct Change {
    /// Decide, but change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Only if it is at this version.
    #[arg(long, value_name = "NUMBER")]
    if_version: Option<u64>,
    /// Makes a repetition harmless: the same key gives the first answer again.
    #[arg(long, value_name = "KEY")]
    idempotency_key: Option<String>,
}

impl Change {
    /// Whether nothing is to be changed.
    pub(super) fn is_trial(&self) -> bool {
        self.dry_run
    }

    /// For the client. A person is told that what is shown is not so.
    pub(crate) fn mutation(&self) -> Mutation {
        if self.dry_run {
            eprintln!("dry run: nothing is changed");
        }
        Mutation { if_match: self.if_version, idempotency_key: self.idempotency_key.clone(), dry_run: self.dry_run }
    }
}
