//! The role that writes the archive.

use std::time::Duration;

use gpuaas_log::Log;
use gpuaas_relay::archive::{Archiver, Objects};
use tokio::sync::watch;

use super::StartError;
use super::config::{Config, Role};
use super::tasks::Tasks;

/// Longest time until a new checkpoint is noticed.
const LOOK: Duration = Duration::from_secs(5);

/// The archive that this server writes, if it is to write one.
pub(super) fn objects(config: &Config) -> Result<Option<Objects>, StartError> {
    if !config.roles.contains(&Role::Archive) {
        return Ok(None);
    }
    let place = config.archive.as_ref().ok_or(StartError::NoArchive)?;
    Ok(Some(place.to_write()?))
}

/// Archives until the server ends. Answers how far the archive has come, as it moves; its
/// sender goes when nothing is archived any more.
pub(super) fn start(tasks: &Tasks, config: &Config, log: Log, objects: Objects) -> watch::Receiver<u64> {
    let (reached, position) = watch::channel(0);
    let every = config.checkpoint_every.min(LOOK);
    tasks.spawn_until_closing(async move {
        let error = Archiver::keep(log, objects, every, reached).await;
        tracing::error!(%error, "nothing is archived any more");
    });
    position
}
