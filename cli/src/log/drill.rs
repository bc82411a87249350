//! `gpuaas log drill`: restores the log from a copy into a scratch place, and compares it with
//! what the running server has. Nothing of the running system is touched.

use std::path::Path;

use clap::Args;
use gpuaas_log::indexes;
use gpuaas_log::restore::Options;
use gpuaas_log::store::{LogStore, StoreError};
use gpuaas_log::verify;
use serde::Serialize;

use super::copy::LogCopy;
use super::demands::Demands;
use super::heads::{Head, of_export, of_store};
use super::target::Target;
use crate::audit::{export, verify::check};
use crate::client::{Ask, Session};
use crate::output::{self, Failure, Format};

/// What to try, and where.
#[derive(Debug, Args)]
pub(crate) struct Drill {
    /// The copy: an archive's folder, s3://BUCKET/PREFIX, nats://HOST:PORT of a mirror, or the file of an export.
    #[arg(long, value_name = "PLACE")]
    from: String,
    /// The URL of an empty Postgres database to restore into; by default a folder that is removed afterwards.
    #[arg(long, value_name = "URL")]
    scratch: Option<Target>,
    /// Fails if the copy lacks more than so many of the server's entries.
    #[arg(long, value_name = "ENTRIES")]
    at_most_behind: Option<u64>,
    #[command(flatten)]
    demands: Demands,
}

impl Ask for Drill {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let demands = self.demands.options()?;
        let folder = tempfile::tempdir().map_err(Failure::other)?;
        let live = folder.path().join("live.gpulog");
        export::write(client, None, &live, true).await?;
        let report = check(&live, &verify::Options::default()).map_err(Failure::other)?;
        let report = report.map_err(|fault| {
            Failure::local("server_log_not_good", format!("the server's own log is not good: {fault}"))
        })?;
        let target = self.scratch.clone().unwrap_or_else(|| Target::Directory(folder.path().join("scratch")));
        let copy = LogCopy::open(&self.from).await?;
        let opened = target.open().await?;
        // The log's own keys, as the server knows them: a copy signed by others is another log.
        let against = verify::Options { keys: report.keys, ..demands };
        let summary = match copy.restore(&*opened.store, &Options { against, accept_losses: false }).await {
            Ok(summary) => summary,
            Err(failure) => {
                opened.discard().await;
                return Err(failure);
            }
        };
        let size = summary.size.min(report.size);
        let compared = compare(&live, &*opened.store, size).await;
        opened.store.close().await;
        let (theirs, ours) = compared?;
        let drilled = Drilled {
            origin: report.origin,
            log_id: report.log_id.to_string(),
            same_log: report.log_id.to_string() == summary.log_id,
            live: report.size,
            copy: summary.size,
            behind: report.size.saturating_sub(summary.size),
            compared_at: size,
            hash: Compared::new(theirs.hash, ours.hash),
            root: Compared::new(theirs.root, ours.root),
        };
        drilled.print(*format)?;
        drilled.judge(self.at_most_behind)
    }
}

/// The same size of both, computed from their entries; and the restored store's columns.
async fn compare(live: &Path, store: &dyn LogStore, size: u64) -> Result<(Head, Head), Failure> {
    let failed = |error: StoreError| Failure::local("store_unavailable", error.to_string());
    let columns = indexes::check(store).await;
    columns.map_err(|error| Failure::local("restored_store_not_good", error.to_string()))?;
    let theirs = of_export(live, size).map_err(Failure::other)?;
    Ok((theirs, of_store(store, size).await.map_err(failed)?))
}

/// What was compared.
#[derive(Serialize)]
struct Drilled {
    origin: String,
    log_id: String,
    same_log: bool,
    /// Entries of the server.
    live: u64,
    /// Entries of the copy.
    copy: u64,
    behind: u64,
    compared_at: u64,
    hash: Compared,
    root: Compared,
}

#[derive(Serialize)]
struct Compared {
    live: String,
    copy: String,
    same: bool,
}

impl Compared {
    fn new(live: impl ToString, copy: impl ToString) -> Self {
        let (live, copy) = (live.to_string(), copy.to_string());
        Self { same: live == copy, live, copy }
    }

    fn text(&self) -> String {
        if self.same { format!("same: {}", self.live) } else { format!("DIFFERENT: {} and {}", self.live, self.copy) }
    }
}

impl Drilled {
    fn print(&self, format: Format) -> Result<(), Failure> {
        if format.json {
            return output::json(self);
        }
        let Self { origin, log_id, live, copy, behind, compared_at, .. } = self;
        output::print(&format!(
            "log         {log_id}, {origin}\nserver      {live} entries\nrestored    {copy} entries, {behind} behind\n\
             compared    entry {compared_at}, and the columns and claims of what was restored\nhash        {}\n\
             root        {}\n",
            self.hash.text(),
            self.root.text(),
        ))
    }

    fn judge(&self, at_most_behind: Option<u64>) -> Result<(), Failure> {
        if !(self.same_log && self.hash.same && self.root.same) {
            let message = "the copy is of another log, or of another history of it: do not rely on it";
            return Err(Failure::local("copy_differs", message.to_owned()));
        }
        if at_most_behind.is_some_and(|most| self.behind > most) {
            let message =
                format!("the copy lacks the server's last {} entries: see why nothing is archived", self.behind);
            return Err(Failure::local("copy_behind", message));
        }
        Ok(())
    }
}
