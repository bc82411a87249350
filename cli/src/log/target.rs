//! An empty place for a log: a data directory, or a Postgres database.

use std::convert::Infallible;
use std::fmt;
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions, SqliteLog, SqliteOptions, StoreError};

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

/// Leaves the checkpoint that a server proves consistency with before it signs the next. One
/// of a longer log is put aside: what it covered was given up.
pub(super) fn leave_checkpoint(file: &Path, note: Option<&str>) -> io::Result<()> {
    let Some(note) = note else {
        return match std::fs::rename(file, file.with_added_extension("lost")) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        };
    };
    let new = file.with_added_extension("new");
    std::fs::write(&new, note)?;
    std::fs::rename(new, file)
}
