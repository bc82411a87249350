//! Files of proofs and checkpoints.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::export::{Chunk, FIRST_LINE, SectionKind, SectionReader};
use gpuaas_log::receipt::{Extension, Receipt};
use tempfile::NamedTempFile;

use crate::output::Failure;

/// What a file holds.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}

/// Bytes of an export that are read at once.
const CHUNK: usize = 1 << 20;

/// The checkpoint that a file is, or that the receipt, proof or export in it ends with.
pub(crate) fn checkpoint(path: &Path) -> anyhow::Result<SignedCheckpoint> {
    if let Some(last) = last_of_export(path).with_context(|| path.display().to_string())? {
        return SignedCheckpoint::parse(&last).with_context(|| path.display().to_string());
    }
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

/// The last checkpoint of an export, which may be larger than memory; `None` if the file is
/// none, or has none.
fn last_of_export(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut file = File::open(path)?;
    let mut first = Vec::new();
    (&file).take(FIRST_LINE.len() as u64).read_to_end(&mut first)?;
    if first != FIRST_LINE {
        return Ok(None);
    }
    file.rewind()?;
    let (mut reader, mut chunk, mut last) = (SectionReader::new(BufReader::new(file)), Chunk::default(), None);
    loop {
        reader.read(&mut chunk, CHUNK)?;
        if chunk.sections().len() == 0 {
            return Ok(last);
        }
        let checkpoints = chunk.sections().filter(|section| section.kind == SectionKind::Checkpoint);
        last = checkpoints.last().map(|section| section.body.to_vec()).or(last);
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
