//! Objects: put once, read back, listed, and some of them deleted.

use std::sync::Arc;

use futures::TryStreamExt as _;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt as _, PutMode, PutPayload};

use super::error::ArchiveError;

/// The objects of one archive.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    place: String,
}

impl Objects {
    /// These objects, which people know by this name.
    #[must_use]
    pub fn new(store: Arc<dyn ObjectStore>, place: String) -> Self {
        Self { store, place }
    }

    /// Where they are, for people.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Writes an object that is not there yet, reads it back and compares. One that is there
    /// must be the same: nothing is ever overwritten.
    pub(super) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), ArchiveError> {
        let payload = PutPayload::from(bytes);
        match self.store.put_opts(&Path::from(name), payload.clone(), PutMode::Create.into()).await {
            Ok(_) | Err(Error::AlreadyExists { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        let altered = |why: &str| ArchiveError::Altered { name: name.to_owned(), why: why.to_owned() };
        let there = self.get(name).await?.ok_or_else(|| altered("it is not there when it is read back"))?;
        let same = payload.iter().flat_map(|piece| piece.iter()).eq(there.iter());
        if same { Ok(()) } else { Err(altered("it is another one when it is read back")) }
    }

    /// An object's bytes, if it is there.
    pub(super) async fn get(&self, name: &str) -> Result<Option<Arc<[u8]>>, ArchiveError> {
        let found = match self.store.get(&Path::from(name)).await {
            Ok(found) => found.bytes().await,
            Err(error) => Err(error),
        };
        match found {
            Ok(bytes) => Ok(Some(Arc::from(&bytes[..]))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an object, whether it is there or not.
    pub(super) async fn delete(&self, name: &str) -> Result<(), ArchiveError> {
        match self.store.delete(&Path::from(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The names of objects in a folder, in no order, without the folder; only those that
    /// come after `after`, if that is given.
    pub(super) async fn list(&self, folder: &str, after: Option<&str>) -> Result<Vec<String>, ArchiveError> {
        let prefix = Path::from(folder);
        let found = match after {
            Some(after) => self.store.list_with_offset(Some(&prefix), &Path::from(format!("{folder}/{after}"))),
            None => self.store.list(Some(&prefix)),
        };
        let found: Vec<_> = found.try_collect().await?;
        Ok(found.into_iter().filter_map(|object| object.location.filename().map(str::to_owned)).collect())
    }
}
