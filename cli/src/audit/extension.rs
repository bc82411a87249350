//! `gpuaas audit extension`: the proof that a checkpoint extends an older one, from a server.

use std::path::PathBuf;

use clap::Args;

use super::checkpoint::save_or_print;
use super::file;
use crate::client::{Ask, Session, resolve};
use crate::output::Failure;

/// Between which checkpoints, and where to.
#[derive(Debug, Args)]
pub(crate) struct Extension {
    /// The older checkpoint: its size, or a file with it, a receipt, a proof or an export.
    old: String,
    /// The newer checkpoint: the same.
    new: String,
    /// Asks as an auditor of this organization, its slug or id; by default, as one of the platform.
    #[arg(long, value_name = "ORGANIZATION")]
    org: Option<String>,
    /// The file to write it to; by default it is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replaces a file that is there.
    #[arg(long)]
    force: bool,
}

impl Ask for Extension {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let (old, new) = (size(&self.old)?, size(&self.new)?);
        let organization = match &self.org {
            Some(name) => Some(resolve::organization(client, name).await?),
            None => None,
        };
        let proof = client.get_log_consistency(old, new, organization.as_deref()).await?;
        save_or_print(*format, "proof", &proof, self.out, self.force)
    }
}

/// The size of a checkpoint that is named by it, or by a file.
fn size(named: &str) -> Result<u64, Failure> {
    if let Ok(size) = named.parse() {
        return Ok(size);
    }
    let checkpoint = file::checkpoint(named.as_ref()).map_err(|error| Failure::Usage(format!("{error:#}")))?;
    Ok(checkpoint.checkpoint().size)
}
