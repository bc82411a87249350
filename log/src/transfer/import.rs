//! Into a store. The file is verified whole before anything is written, and read again
//! while it is: it may have changed in between, so that what was written must come to
//! the root that was verified.

use std::io::{Read, Seek};

use super::ImportError;
use super::filling::Filling;
use crate::checkpoint::SignedCheckpoint;
use crate::export::{Chunk, Section, SectionKind, SectionReader};
use crate::store::{Batch, LogStore, StoreError};
use crate::verify::{Options, Report, VerifyError, Whose, verify};

/// Bytes read at once; also about the size of a batch.
const CHUNK: usize = 1 << 20;

/// Fills an empty store from the export of a whole log, if it is good and agrees with what
/// the options hold from outside.
pub async fn import<S: Read + Seek + Send + 'static>(
    store: &dyn LogStore,
    mut source: S,
    options: Options,
) -> Result<Report, ImportError> {
    if store.head().await?.row.position != 0 {
        return Err(ImportError::NotEmpty);
    }
    let verified = tokio::task::spawn_blocking(move || {
        let report = verify(&mut source, &options, &mut |_| {})?;
        source.rewind()?;
        Ok::<_, VerifyError>((report, source))
    });
    let (report, source) = verified.await.map_err(|error| StoreError::Unavailable(error.to_string()))??;
    if !matches!(report.whose, Whose::Whole { .. }) {
        return Err(ImportError::NotWhole);
    }
    let mut locked = store.lock().await?;
    if locked.head().row.position != 0 {
        return Err(ImportError::NotEmpty);
    }
    // Dropped on any error from here on, which rolls back.
    let mut filling = Filling::new(locked.head().row.clone());
    let mut reader = SectionReader::new(source);
    let mut chunk = Chunk::default();
    loop {
        reader.read(&mut chunk, CHUNK).map_err(VerifyError::Io)?;
        if chunk.sections().len() == 0 {
            break;
        }
        let mut batch = filling.begin(store.head().await?.clock);
        take(&mut filling, chunk.sections(), &mut batch)?;
        filling.write(&mut *locked, batch).await?;
    }
    if filling.tree().size() != report.size || filling.tree().root() != report.root {
        return Err(ImportError::Changed("the entries"));
    }
    filling.finish(&mut *locked).await?;
    locked.commit().await?;
    Ok(report)
}

/// Puts the entries among some sections into a batch.
fn take<'s>(
    filling: &mut Filling,
    sections: impl Iterator<Item = Section<'s>>,
    batch: &mut Batch,
) -> Result<(), ImportError> {
    for section in sections {
        match section.kind {
            SectionKind::Blob => filling.bring(section.body.into()),
            SectionKind::Entry => filling.entry(section.body.into(), batch)?,
            SectionKind::Checkpoint => {
                let signed = SignedCheckpoint::parse(section.body).map_err(|_| ImportError::Changed("a checkpoint"))?;
                filling.checkpoint(&signed);
            }
            SectionKind::Header | SectionKind::End => {}
            SectionKind::Committed | SectionKind::Inclusion | SectionKind::HeadProof => {
                return Err(ImportError::Changed("a section of another kind of export"));
            }
        }
    }
    Ok(())
}
