//! `gpuaas log restore`: the log out of a copy, into an empty place.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use gpuaas_log::checkpoint::VerifierKey;
use gpuaas_log::restore::Options;
use gpuaas_log::store::{LogStore, StoreError};
use gpuaas_log::verify;

use super::copy::LogCopy;
use super::demands::Demands;
use super::summary::Summary;
use super::target::{Target, leave_checkpoint};
use crate::audit::verify::read_checkpoint;
use crate::output::{self, Failure, Format};

/// What to restore, and where to.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The copy: an archive's folder, s3://BUCKET/PREFIX, nats://HOST:PORT of a mirror, or the file of an export.
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// The empty place: a data directory, or the URL of a Postgres database.
    #[arg(long, value_name = "PLACE")]
    into: Target,
    /// A key that must have signed the copy's last checkpoint; may be given several times.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<VerifierKey>,
    /// A signed checkpoint kept from elsewhere. The one that the server that signs kept, if it is there, has to agree too.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    #[command(flatten)]
    demands: Demands,
    /// Restores what there is, though something is known to be lost.
    #[arg(long)]
    accept_losses: bool,
    /// Where the server that signs keeps its last checkpoint: by default in the data directory.
    #[arg(long, value_name = "FILE")]
    keep: Option<PathBuf>,
    #[command(flatten)]
    format: Format,
}

/// Restores.
pub(crate) fn run(arguments: &Restore) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let done = runtime.map_err(Failure::other).and_then(|runtime| runtime.block_on(restored(arguments)));
    output::ended(arguments.format, done)
}

async fn restored(arguments: &Restore) -> Result<(), Failure> {
    let options = Options { against: against(arguments)?, accept_losses: arguments.accept_losses };
    let copy = LogCopy::open(&arguments.from).await?;
    let opened = arguments.into.open().await?;
    match copy.restore(&*opened.store, &options).await {
        Ok(summary) => {
            let left = leave(arguments, &*opened.store, summary.size).await;
            opened.store.close().await;
            summary.print(arguments.format)?;
            after(arguments, &summary, left?)
        }
        Err(failure) => {
            opened.discard().await;
            Err(failure)
        }
    }
}

/// What from outside the copy has to agree.
fn against(arguments: &Restore) -> Result<verify::Options, Failure> {
    let read = |file: &Path| read_checkpoint(file).map_err(|error| Failure::Usage(format!("{error:#}")));
    let checkpoint = arguments.checkpoint.as_deref().map(read).transpose()?;
    let kept = match kept(arguments) {
        Some(file) if is_there(&file)? => Some(read(&file)?),
        Some(_) | None => None,
    };
    Ok(verify::Options { keys: arguments.keys.clone(), checkpoint, kept, ..arguments.demands.options()? })
}

/// Whether a file is there; one that cannot be looked for is not taken for missing.
fn is_there(file: &Path) -> Result<bool, Failure> {
    file.try_exists().map_err(|error| Failure::Usage(format!("{}: {error}", file.display())))
}

fn kept(arguments: &Restore) -> Option<PathBuf> {
    arguments.keep.clone().or_else(|| arguments.into.checkpoint_file())
}

/// Leaves the last checkpoint where the server that signs looks for it. Answers where the one
/// is that was there, if it covered entries that are lost.
async fn leave(arguments: &Restore, store: &dyn LogStore, size: u64) -> Result<Option<PathBuf>, Failure> {
    let Some(file) = kept(arguments) else { return Ok(None) };
    let failed = |error: StoreError| Failure::local("store_unavailable", error.to_string());
    let last = store.last_checkpoint().await.map_err(failed)?;
    leave_checkpoint(&file, last.as_ref(), size).map_err(|error| {
        let sentence = "the log is restored, but its last checkpoint could not be left";
        Failure::local("checkpoint_not_left", format!("{sentence} in {}: {error}", file.display()))
    })
}

/// What is still to be done.
fn after(arguments: &Restore, summary: &Summary, aside: Option<PathBuf>) -> Result<(), Failure> {
    if arguments.format.json {
        return Ok(());
    }
    let mut text = String::from(
        "Put the key store back from its own backup, and remove the read models: they are built anew from the log.\n",
    );
    if let Some(aside) = aside {
        text.push_str(&format!(
            "The checkpoint that was kept covers entries that are lost: it is in {}, and it proves that they were.\n",
            aside.display()
        ));
    }
    if kept(arguments).is_none() {
        text.push_str(&format!(
            "The server that signs {} needs the last checkpoint too: restore with --keep FILE leaves it there.\n",
            summary.origin
        ));
    }
    output::print(&text)
}
