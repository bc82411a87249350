//! What a log is restored from.

use std::fs::File;
use std::path::PathBuf;

use gpuaas_api::archive::{ArchiveSource, Place, PlaceError};
use gpuaas_api::mirror::{Mirror, MirrorError, Settings};
use gpuaas_log::Log;
use gpuaas_log::restore::{Options, RestoreError, Restored, Source};
use gpuaas_log::store::LogStore;
use gpuaas_log::transfer::ImportError;

use super::summary::Summary;
use crate::output::Failure;

/// How the URL of a mirror begins.
const MIRRORS: [&str; 2] = ["nats://", "tls://"];
/// Names the file with credentials of a NATS user, as for a server.
const NATS_CREDENTIALS: &str = "GPUAAS_NATS_CREDENTIALS";

/// A copy of a log.
pub(super) enum LogCopy {
    /// One that is read entry by entry.
    Source(Box<dyn Source>),
    /// An export, which is verified whole before anything of it is used.
    Export(PathBuf),
}

impl LogCopy {
    /// Opens the copy that is at a place.
    pub(super) async fn open(from: &str) -> Result<Self, Failure> {
        if MIRRORS.iter().any(|scheme| from.starts_with(scheme)) {
            return mirror(from).await;
        }
        let place: Place = from.parse().map_err(|error: PlaceError| Failure::Usage(error.to_string()))?;
        if let Place::Folder(path) = &place {
            if path.is_file() {
                return Ok(Self::Export(path.clone()));
            }
            if !path.is_dir() {
                let message = format!("there is no archive and no export at {}", path.display());
                return Err(Failure::local("copy_not_found", message));
            }
        }
        let unavailable = |error: &dyn std::fmt::Display| Failure::local("copy_unavailable", error.to_string());
        let objects = place.to_read().map_err(|error| unavailable(&error))?;
        let source = ArchiveSource::open(objects).await.map_err(|error| unavailable(&error))?;
        Ok(Self::Source(Box::new(source)))
    }

    /// Fills a store from it.
    pub(super) async fn restore(&self, store: &dyn LogStore, options: &Options) -> Result<Summary, Failure> {
        match self {
            Self::Source(source) => {
                let restored = Log::restore(store, &**source, options).await.map_err(|error| refused(&error))?;
                Ok(Summary::of(&restored))
            }
            Self::Export(path) => {
                let unreadable = |error: &dyn std::fmt::Display| {
                    Failure::local("copy_unavailable", format!("cannot read {}: {error}", path.display()))
                };
                let file = File::open(path).map_err(|error| unreadable(&error))?;
                let report = Log::import_against(store, file, options.against.clone()).await;
                let report = report.map_err(|error| not_imported(&error))?;
                Summary::of_import(&report, store).await
            }
        }
    }
}

/// Opens the mirror of the one log that a NATS holds.
async fn mirror(url: &str) -> Result<LogCopy, Failure> {
    let settings = Settings { credentials: std::env::var_os(NATS_CREDENTIALS).map(Into::into), ..Settings::new(url) };
    settings.servers().map_err(|error| Failure::Usage(error.to_string()))?;
    let opened = Mirror::open(&settings).await.map_err(|error| match error {
        MirrorError::Empty => Failure::local("copy_not_found", error.to_string()),
        MirrorError::Nats(_)
        | MirrorError::Foreign { .. }
        | MirrorError::Damaged(_)
        | MirrorError::Store(_)
        | MirrorError::Event(_) => Failure::local("copy_unavailable", error.to_string()),
    });
    Ok(LogCopy::Source(Box::new(opened?)))
}

/// Why nothing was restored, and if something could be, what.
fn refused(error: &RestoreError) -> Failure {
    let RestoreError::Losses(found) = error else { return Failure::local(error.code(), error.to_string()) };
    let Restored { position, losses, .. } = &**found;
    let lost: String = losses.iter().map(|loss| format!("  lost: {loss}\n")).collect();
    let rest = format!("up to entry {position} the copy is good; --accept-losses restores that");
    Failure::local(error.code(), format!("{error}\n{lost}{rest}"))
}

fn not_imported(error: &ImportError) -> Failure {
    let code = match error {
        ImportError::Verify(_) | ImportError::Changed(_) => "export_not_good",
        ImportError::NotWhole => "export_not_whole",
        ImportError::NotEmpty => "log_not_empty",
        ImportError::Store(_) => "store_unavailable",
    };
    Failure::local(code, format!("{}; nothing was restored", error.to_string().trim_end_matches('.')))
}
