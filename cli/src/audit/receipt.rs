//! `gpuaas audit receipt`: the proof that an entry is in the log, from a server.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::file;
use crate::client::{Ask, Session};
use crate::output::{self, Failure};

/// Of which entry, and where to.
#[derive(Debug, Args)]
pub(crate) struct Receipt {
    /// The entry's position.
    position: u64,
    /// The file to write it to; by default it is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Also writes the entry's bytes, which the receipt is for, to this file.
    #[arg(long, value_name = "FILE")]
    entry: Option<PathBuf>,
    /// Replaces files that are there.
    #[arg(long)]
    force: bool,
}

impl Ask for Receipt {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let Self { position, out, entry, force } = self;
        let receipt = client.get_log_entry_receipt(position).await?;
        if let Some(path) = &entry {
            file::write(path, &client.get_log_entry(position).await?, force)?;
        }
        if let Some(path) = &out {
            file::write(path, receipt.as_bytes(), force)?;
        }
        let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        if format.json {
            let printed = out.is_none().then_some(&receipt);
            let (file, entry) = (shown(&out), shown(&entry));
            return output::json(&json!({"position": position, "receipt": printed, "file": file, "entry": entry}));
        }
        match shown(&out) {
            Some(path) => output::line(&format!("{path}: the receipt of entry {position}")),
            None => output::print(&receipt),
        }
    }
}
