//! Waiting for a checkpoint that covers what was asked for.

use std::time::Duration;

use gpuaas_domain::Code;
use gpuaas_log::Log;
use gpuaas_log::store::PublishedCheckpoint;

use crate::http::Problem;
use crate::witnessing::Witnesses;

/// How long a checkpoint is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(20);
/// When to ask again.
pub(crate) const LATER: Duration = Duration::from_secs(5);

/// A checkpoint that covers everything that is there now, which committing the heads asks for.
pub(crate) async fn up_to_now(log: &Log) -> Result<PublishedCheckpoint, Problem> {
    let wanted = log.commit_heads().await.map_err(Problem::unavailable)?;
    let published = async {
        loop {
            match last(log).await? {
                Some(checkpoint) if checkpoint.size >= wanted => return Ok(checkpoint),
                Some(_) | None => tokio::time::sleep(LOOK).await,
            }
        }
    };
    let late = || Problem::of(Code::CheckpointBehind).retry_after(LATER);
    tokio::time::timeout(PATIENCE, published).await.unwrap_or_else(|_| Err(late()))
}

/// A checkpoint that covers an entry: the last one, or if that is older, the next; or an
/// earlier one that the witnesses have cosigned and that one not.
pub(crate) async fn entry(log: &Log, position: u64, witnesses: &Witnesses) -> Result<PublishedCheckpoint, Problem> {
    let covering = match last(log).await? {
        Some(checkpoint) if checkpoint.size >= position => checkpoint,
        Some(_) | None => up_to_now(log).await?,
    };
    let best = witnesses.best(log, position, covering).await.map_err(Problem::unavailable)?;
    witnesses.settled(log, best).await.map_err(Problem::unavailable)
}

async fn last(log: &Log) -> Result<Option<PublishedCheckpoint>, Problem> {
    log.last_checkpoint().await.map_err(Problem::unavailable)
}
