//! An object store that works so many times and then no more, as for a process that is killed:
//! what was done is done, and nothing after it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use futures::stream::{BoxStream, StreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use tokio::sync::watch;

/// See the module.
#[derive(Debug)]
pub(crate) struct Breaking {
    inner: Arc<dyn ObjectStore>,
    left: AtomicUsize,
    failures: watch::Sender<usize>,
}

impl Breaking {
    /// Works so many times.
    pub(crate) fn after(times: usize, inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner, left: AtomicUsize::new(times), failures: watch::Sender::default() }
    }

    /// How often it did not work.
    pub(crate) fn failures(&self) -> watch::Receiver<usize> {
        self.failures.subscribe()
    }

    /// From now on it works.
    pub(crate) fn mend(&self) {
        self.left.store(usize::MAX, Ordering::Relaxed);
    }

    fn count(&self) -> Result<()> {
        let counted = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        counted.map(drop).map_err(|_| {
            self.failures.send_modify(|failures| *failures += 1);
            Error::Generic { store: "breaking", source: "it is over".into() }
        })
    }
}

impl fmt::Display for Breaking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for a while", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Breaking {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.count()?;
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.count()?;
        self.inner.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.count()?;
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        match self.count() {
            Ok(()) => self.inner.delete_stream(locations),
            Err(error) => futures::stream::once(async move { Err(error) }).boxed(),
        }
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.count() {
            Ok(()) => self.inner.list(prefix),
            Err(error) => futures::stream::once(async move { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.count()?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.count()?;
        self.inner.copy_opts(from, to, options).await
    }
}
