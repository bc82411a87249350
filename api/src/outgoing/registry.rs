//! Asks OCI registries about images: the manifest by its digest, and the configuration that
//! it names. What was read is hashed here; nothing rests on what a registry says of itself.

use async_trait::async_trait;
use gpuaas_commands::registry::{Registry, RegistryError};
use gpuaas_domain::artifact::Inspection;
use gpuaas_domain::node_protocol::task::ImageReference;
use gpuaas_domain::profile::MediaType;
use reqwest::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::client::{self, Answer, OutgoingError};
use super::settings::{Images, ListedRegistry};

/// Most bytes of a manifest, as registries have it, and of a configuration.
const MOST: usize = 4 << 20;

/// The registries that the operator lists.
#[derive(Debug)]
pub struct Registries {
    images: Images,
}

/// What is read of a manifest.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    media_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
}

/// What a manifest says of a part.
#[derive(Debug, Deserialize)]
struct Descriptor {
    digest: String,
    size: u64,
}

/// What is read of a configuration.
#[derive(Debug, Deserialize)]
struct Configuration {
    architecture: Option<String>,
}

impl Registries {
    /// Those of these settings.
    #[must_use]
    pub fn new(images: Images) -> Self {
        Self { images }
    }

    fn listed(&self, image: &ImageReference) -> Result<&ListedRegistry, RegistryError> {
        let listed = self.images.registries.iter().find(|listed| listed.host == image.registry());
        listed.ok_or(RegistryError::NotTrusted)
    }
}

#[async_trait]
impl Registry for Registries {
    async fn inspect(&self, image: &ImageReference) -> Result<Inspection, RegistryError> {
        let listed = self.listed(image)?;
        let answer = get(listed, image, "manifests", image.digest()).await?;
        let manifest: Manifest = serde_json::from_slice(&answer.bytes).map_err(odd)?;
        let parts = manifest.layers.iter().chain(&manifest.config);
        let size_bytes = parts.fold(0_u64, |sum, part| sum.saturating_add(part.size));
        let media_type = manifest.media_type.or(answer.content_type).unwrap_or_default();
        let digest = sha256(&answer.bytes);
        let Some(config) = manifest.config else {
            return Ok(Inspection { digest, media_type, config_digest: None, architecture: None, size_bytes });
        };
        let config_digest = config.digest.parse().map_err(odd)?;
        let answer = get(listed, image, "blobs", &config.digest).await?;
        if sha256(&answer.bytes) != config.digest {
            return Err(odd("its configuration does not have the digest"));
        }
        let Configuration { architecture } = serde_json::from_slice(&answer.bytes).map_err(odd)?;
        Ok(Inspection { digest, media_type, config_digest: Some(config_digest), architecture, size_bytes })
    }

    fn allows_local_images(&self) -> bool {
        self.images.local_images
    }
}

async fn get(
    listed: &ListedRegistry,
    image: &ImageReference,
    what: &str,
    digest: &str,
) -> Result<Answer, RegistryError> {
    let scheme = if listed.plain { "http" } else { "https" };
    let path = image.repository().split_once('/').map_or("", |(_, path)| path);
    let url = format!("{scheme}://{}/v2/{path}/{what}/{digest}", listed.host);
    let kinds: Vec<&str> = MediaType::ALL.iter().map(|kind| kind.as_str()).collect();
    let accept = if what == "manifests" { kinds.join(", ") } else { "*/*".to_owned() };
    client::get(&url, &accept, listed.private, MOST).await.map_err(|error| match error {
        OutgoingError::Private => RegistryError::NotTrusted,
        OutgoingError::Status(StatusCode::NOT_FOUND) => RegistryError::NotFound,
        OutgoingError::Status(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => RegistryError::Denied,
        other @ (OutgoingError::Status(_) | OutgoingError::TooLarge(_) | OutgoingError::Unreachable(_)) => odd(other),
    })
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

fn odd(what: impl ToString) -> RegistryError {
    RegistryError::Unavailable(what.to_string())
}
