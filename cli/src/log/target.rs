//! An empty place for a log: a data directory, or a Postgres database.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::durable;
use gpuaas_log::store::{
    LogStore, PostgresLog, PostgresOptions, PublishedCheckpoint, SqliteLog, SqliteOptions, StoreError,
};

use crate::output::Failure;

/// What a log's store leaves in a directory.
const FILES: [&str; 4] = ["log.db", "log.db-wal", "log.db-shm", "log.lock"];

/// Where to restore to.
#[derive(Clone)]
pub(super) enum Target {
    /// A data directory.
    Directory(PathBuf),
    /// The URL of a database.
    Postgres(String),
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        Ok(if is_url { Self::Postgres(text.to_owned()) } else { Self::Directory(text.into()) })
    }
}

/// A URL may hold a password.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => f.debug_tuple("Directory").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

/// A store that was opened, and what of it was not there before.
pub(super) struct Opened {
    pub(super) store: Arc<dyn LogStore>,
    made: Vec<PathBuf>,
    directory: Option<PathBuf>,
}

impl Target {
    /// Opens the store, and makes an empty one where there is none.
    pub(super) async fn open(&self) -> Result<Opened, Failure> {
        let failed = |error: StoreError| Failure::local("store_unavailable", error.to_string());
        match self {
            Self::Postgres(url) => {
                let store = PostgresLog::open(PostgresOptions::new(url)).await.map_err(failed)?;
                Ok(Opened { store: Arc::new(store), made: Vec::new(), directory: None })
            }
            Self::Directory(path) => {
                let directory = (!path.exists()).then(|| path.clone());
                let made = FILES.map(|name| path.join(name)).into_iter().filter(|file| !file.exists()).collect();
                let unusable = |error: io::Error| {
                    Failure::local("store_unavailable", format!("cannot make {}: {error}", path.display()))
                };
                std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
                let store = SqliteLog::open(SqliteOptions::new(path)).await.map_err(failed)?;
                Ok(Opened { store: Arc::new(store), made, directory })
            }
        }
    }

    /// Where a server on this directory keeps its last checkpoint.
    pub(super) fn checkpoint_file(&self) -> Option<PathBuf> {
        match self {
            Self::Directory(path) => Some(path.join("checkpoint")),
            Self::Postgres(_) => None,
        }
    }
}

impl Opened {
    /// Removes again what was made. Of a database the empty tables stay.
    pub(super) async fn discard(self) {
        self.store.close().await;
        for file in &self.made {
            // It may never have come to be, or be held by the server that was found running.
            drop(std::fs::remove_file(file));
        }
        if let Some(directory) = &self.directory {
            drop(std::fs::remove_dir(directory));
        }
    }
}

/// Leaves the checkpoint that a server proves consistency with before it signs the next:
/// `last`, which a restored log of this size ends with. One that is there and covers more of
/// its entries stays, since the restore compared it with them; one of a longer log is put
/// aside, and where it is is the answer.
pub(super) fn leave_checkpoint(
    file: &Path,
    last: Option<&PublishedCheckpoint>,
    size: u64,
) -> io::Result<Option<PathBuf>> {
    let kept = match std::fs::read(file) {
        Ok(bytes) => SignedCheckpoint::parse(&bytes).ok().map(|kept| kept.checkpoint().size),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let last_size = last.map_or(0, |last| last.size);
    if kept.is_some_and(|kept| last_size < kept && kept <= size) {
        return Ok(None);
    }
    let aside = if kept.is_none_or(|kept| size < kept) { durable::put_aside(file, "lost")? } else { None };
    if let Some(last) = last {
        durable::replace(file, &last.note, durable::PUBLIC)?;
    }
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use gpuaas_log::checkpoint::{Checkpoint, Signer};
    use gpuaas_log::hash::Hash;

    use super::*;

    fn note(size: u64) -> String {
        let signer = Signer::from_seed("example.org/log", &[7; 32]).unwrap();
        let checkpoint = Checkpoint { origin: "example.org/log".into(), size, root: Hash([1; 32]) };
        SignedCheckpoint::sign(checkpoint, &[&signer]).to_string()
    }

    /// What lies where the server looks after a restore of 600 entries, and what was put aside.
    fn left(kept: Option<u64>, last: Option<u64>) -> (Option<String>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("checkpoint");
        if let Some(kept) = kept {
            std::fs::write(&file, note(kept)).unwrap();
        }
        std::fs::write(folder.path().join("checkpoint.lost"), "from an earlier restore").unwrap();
        let last = last.map(|size| PublishedCheckpoint { size, note: note(size), peaks_before: Vec::new() });
        let aside = leave_checkpoint(&file, last.as_ref(), 600).unwrap();
        let earlier = std::fs::read_to_string(folder.path().join("checkpoint.lost")).unwrap();
        assert_eq!(earlier, "from an earlier restore");
        let aside = aside.iter().map(|aside| std::fs::read_to_string(aside).unwrap()).collect();
        (std::fs::read_to_string(&file).ok(), aside)
    }

    #[test]
    fn a_checkpoint_that_covers_what_is_lost_is_never_replaced() {
        assert_eq!(left(None, Some(500)), (Some(note(500)), vec![]));
        assert_eq!(left(Some(400), Some(500)), (Some(note(500)), vec![]));
        assert_eq!(left(Some(500), Some(500)), (Some(note(500)), vec![]));
        // It covers entries that were restored, and says more of them than the copy's own.
        assert_eq!(left(Some(600), Some(500)), (Some(note(600)), vec![]));
        assert_eq!(left(Some(600), None), (Some(note(600)), vec![]));
        assert_eq!(left(Some(1_000), Some(500)), (Some(note(500)), vec![note(1_000)]));
        assert_eq!(left(Some(1_000), None), (None, vec![note(1_000)]));
    }
}
