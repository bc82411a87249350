//! Files of proofs and checkpoints.

use std::io::{self, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::receipt::{Extension, Receipt};
use tempfile::NamedTempFile;

use crate::output::Failure;

/// What a file holds.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}

/// The checkpoint that a file is, or that the receipt or proof in it ends with.
pub(super) fn checkpoint(path: &Path) -> anyhow::Result<SignedCheckpoint> {
    let bytes = read(path)?;
    if let Ok(checkpoint) = SignedCheckpoint::parse(&bytes) {
        return Ok(checkpoint);
    }
    if let Ok(receipt) = Receipt::parse(&bytes) {
        return Ok(receipt.checkpoint().clone());
    }
    match Extension::parse(&bytes) {
        Ok(extension) => Ok(extension.checkpoint().clone()),
        Err(_) => bail!("{} holds no signed checkpoint", path.display()),
    }
}

/// Writes a file that is there when all of it is; one that is there already stays unless it
/// may be replaced.
pub(super) fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::other(format!("cannot write {}: {error}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part = NamedTempFile::new_in(folder).map_err(failed)?;
    part.write_all(bytes).map_err(failed)?;
    part.as_file().sync_all().map_err(failed)?;
    let kept = if force { part.persist(path) } else { part.persist_noclobber(path) };
    kept.map(drop).map_err(|refused| match refused.error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::Usage(format!("{} is there already; --force replaces it", path.display()))
        }
        _ => failed(refused.error),
    })
}
