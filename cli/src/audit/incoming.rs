//! A file that a server sends, piece by piece: it is there when all of it is, and until then
//! lies beside, for nobody else to read.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use gpuaas_sdk::Export;
use tempfile::{NamedTempFile, PersistError};

use super::progress;
use crate::output::Failure;

/// A file that is not there yet.
pub(crate) struct Incoming<'f> {
    file: &'f Path,
    force: bool,
    part: NamedTempFile,
}

impl<'f> Incoming<'f> {
    /// Begins; a file that is there already stays unless it may be replaced.
    pub(crate) fn new(file: &'f Path, force: bool) -> Result<Self, Failure> {
        if !force && file.exists() {
            return Err(there_already(file));
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let part = NamedTempFile::new_in(folder).map_err(|error| unwritable(file, &error))?;
        Ok(Self { file, force, part })
    }

    /// Takes in all pieces, durably; gives the number of bytes too.
    pub(crate) async fn receive(self, mut sent: Export) -> Result<(Self, u64), Failure> {
        let Self { file, force, part } = self;
        let failed = |error: io::Error| unwritable(file, &error);
        let bar = progress::of_a_stream();
        let mut out = BufWriter::new(part);
        let mut bytes = 0;
        while let Some(chunk) = sent.chunk().await? {
            out.write_all(&chunk).map_err(failed)?;
            bytes += chunk.len() as u64;
            bar.set_position(bytes);
        }
        bar.finish_and_clear();
        let part = out.into_inner().map_err(|error| failed(error.into_error()))?;
        part.as_file().sync_all().map_err(failed)?;
        Ok((Self { file, force, part }, bytes))
    }

    /// Where what was received lies.
    pub(crate) fn part(&self) -> &Path {
        self.part.path()
    }

    /// Puts it where it belongs.
    pub(crate) fn keep(self) -> Result<(), Failure> {
        let Self { file, force, part } = self;
        let kept = if force { part.persist(file) } else { part.persist_noclobber(file) };
        kept.map(drop).map_err(|PersistError { error, .. }| match error.kind() {
            io::ErrorKind::AlreadyExists => there_already(file),
            _ => unwritable(file, &error),
        })
    }
}

fn there_already(file: &Path) -> Failure {
    Failure::Usage(format!("{} is there already; --force replaces it", file.display()))
}

/// That a file could not be written.
pub(crate) fn unwritable(file: &Path, error: &io::Error) -> Failure {
    Failure::other(format!("cannot write {}: {error}", file.display()))
}
