//! `gpuaas audit checkpoint`: the published checkpoint, from a server.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::file;
use crate::client::{Ask, Session};
use crate::output::{self, Failure, Format};

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct Checkpoint {
    /// The file to write it to; by default it is printed.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replaces a file that is there.
    #[arg(long)]
    force: bool,
}

impl Ask for Checkpoint {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let checkpoint = client.get_log_checkpoint().await?;
        save_or_print(*format, "checkpoint", &checkpoint, self.out, self.force)
    }
}

/// Writes a text to a file, or prints it where none is named.
pub(super) fn save_or_print(
    format: Format,
    what: &str,
    text: &str,
    out: Option<PathBuf>,
    force: bool,
) -> Result<(), Failure> {
    if let Some(path) = &out {
        file::write(path, text.as_bytes(), force)?;
    }
    let path = out.map(|path| path.display().to_string());
    match path {
        path if format.json => output::json(&json!({what: path.is_none().then_some(text), "file": path})),
        Some(path) => output::line(&format!("{path}: the {what}")),
        None => output::print(text),
    }
}
