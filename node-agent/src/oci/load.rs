//! Putting an image into this machine's engine without a registry, for platforms that let
//! local images run.

use std::path::Path;

use bollard::errors::Error;
use bollard::query_parameters::ImportImageOptions;
use futures::StreamExt as _;
use tokio_util::io::ReaderStream;

use super::engine::Engine;

/// Why an image was not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadImageError {
    /// No engine answers.
    #[error("no Docker engine answers: {0}")]
    Engine(String),
    /// The archive cannot be read.
    #[error("the image's archive cannot be read: {0}")]
    Archive(#[from] std::io::Error),
    /// The engine does not take it.
    #[error("the engine does not take the image: {0}")]
    Refused(#[from] Error),
}

/// Loads an archive, as `docker save` writes them, into the engine at an address or at the
/// usual socket; gives the config digest of the image that has this name then.
pub async fn load_image(host: Option<&str>, archive: &Path, name: &str) -> Result<String, LoadImageError> {
    let engine = Engine::at(host);
    let client = engine.client().await.map_err(|failure| LoadImageError::Engine(failure.message.to_string()))?;
    let bytes = ReaderStream::new(tokio::fs::File::open(archive).await?);
    let body = bollard::body_try_stream(bytes);
    let mut said = client.import_image(ImportImageOptions::default(), body, None);
    while let Some(said) = said.next().await {
        said?;
    }
    Ok(client.inspect_image(name).await?.id.unwrap_or_default())
}
