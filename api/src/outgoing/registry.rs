//! Asks OCI registries about images: the manifest by its digest, and the configuration that
//! it names. What was read is hashed here; nothing rests on what a registry says of itself.
//! Where it wants a login, it gets the one that the operator names for it, or is asked for a
//! token as the distribution's specification says.

use async_trait::async_trait;
use gpuaas_commands::registry::{Registry, RegistryError};
use gpuaas_domain::artifact::Inspection;
use gpuaas_domain::node_protocol::credential::Credential;
use gpuaas_domain::node_protocol::task::ImageReference;
use gpuaas_domain::profile::MediaType;
use reqwest::StatusCode;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::challenge::Challenge;
use super::client::{self, Answer, Asker, OutgoingError};
use super::settings::{Images, ListedRegistry};
use crate::keystore::World;

/// Most bytes of a manifest, as registries have it, and of a configuration.
const MOST: usize = 4 << 20;

/// The registries that the operator lists.
#[derive(Debug)]
pub struct Registries {
    images: Images,
    world: World,
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

/// What is read of an answer with a token.
#[derive(Deserialize)]
struct Tokens {
    token: Option<String>,
    access_token: Option<String>,
}

/// What is read of a configuration.
#[derive(Debug, Deserialize)]
struct Configuration {
    architecture: Option<String>,
}

impl Registries {
    /// Those of these settings, with the logins of this key store.
    #[must_use]
    pub fn new(images: Images, world: World) -> Self {
        Self { images, world }
    }

    fn listed(&self, image: &ImageReference) -> Result<&ListedRegistry, RegistryError> {
        let listed = self.images.registries.iter().find(|listed| listed.host == image.registry());
        listed.ok_or(RegistryError::NotTrusted)
    }

    /// What logs in to a registry; `None`: it takes everybody.
    async fn login(&self, listed: &ListedRegistry) -> Result<Option<Credential>, RegistryError> {
        let Some(reference) = &listed.login else { return Ok(None) };
        let found = self.world.credential(reference).await.map_err(odd)?;
        found.map(Some).ok_or_else(|| odd(format!("the key store has no credential {reference:?}")))
    }
}

#[async_trait]
impl Registry for Registries {
    async fn inspect(&self, image: &ImageReference) -> Result<Inspection, RegistryError> {
        let listed = self.listed(image)?;
        let login = self.login(listed).await?;
        let answer = get(listed, login.as_ref(), image, "manifests", image.digest()).await?;
        let manifest: Manifest = serde_json::from_slice(&answer.bytes).map_err(odd)?;
        let parts = manifest.layers.iter().chain(&manifest.config);
        let size_bytes = parts.fold(0_u64, |sum, part| sum.saturating_add(part.size));
        let media_type = manifest.media_type.or(answer.content_type).unwrap_or_default();
        let digest = sha256(&answer.bytes);
        let Some(config) = manifest.config else {
            return Ok(Inspection { digest, media_type, config_digest: None, architecture: None, size_bytes });
        };
        let config_digest = config.digest.parse().map_err(odd)?;
        let answer = get(listed, login.as_ref(), image, "blobs", &config.digest).await?;
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
    login: Option<&Credential>,
    image: &ImageReference,
    what: &str,
    digest: &str,
) -> Result<Answer, RegistryError> {
    let scheme = if listed.plain { "http" } else { "https" };
    let path = image.repository().split_once('/').map_or("", |(_, path)| path);
    let url = format!("{scheme}://{}/v2/{path}/{what}/{digest}", listed.host);
    let kinds: Vec<&str> = MediaType::ALL.iter().map(|kind| kind.as_str()).collect();
    let accept = if what == "manifests" { kinds.join(", ") } else { "*/*".to_owned() };
    let asker = login.map_or(Asker::Anybody, Asker::Named);
    let answer = match client::get(&url, &accept, asker, listed.private, MOST).await {
        Err(OutgoingError::Challenged(Some(challenge))) => match Challenge::read(&challenge) {
            Some(challenge) => {
                let token = token(listed, &challenge, asker).await?;
                client::get(&url, &accept, Asker::Bearer(&token), listed.private, MOST).await
            }
            None => return Err(RegistryError::Denied),
        },
        answered => answered,
    };
    answer.map_err(meaning)
}

/// Asks for a token where the registry says that there are some.
async fn token(listed: &ListedRegistry, challenge: &Challenge, asker: Asker<'_>) -> Result<String, RegistryError> {
    let url = challenge.url().ok_or_else(|| odd("it names no place for tokens"))?;
    // A registry on a private address may send to its own, and to no other.
    let at_home = listed.private && url.host_str() == listed.host.split(':').next();
    if url.scheme() != "https" && !(listed.plain && at_home) {
        return Err(odd("its place for tokens has no TLS"));
    }
    let answer = client::get(url.as_str(), "application/json", asker, at_home, MOST).await.map_err(meaning)?;
    let Tokens { token, access_token } = serde_json::from_slice(&answer.bytes).map_err(odd)?;
    token.or(access_token).ok_or(RegistryError::Denied)
}

fn meaning(error: OutgoingError) -> RegistryError {
    match error {
        OutgoingError::Private => RegistryError::NotTrusted,
        OutgoingError::Status(StatusCode::NOT_FOUND) => RegistryError::NotFound,
        OutgoingError::Status(StatusCode::FORBIDDEN) | OutgoingError::Challenged(_) => RegistryError::Denied,
        other @ (OutgoingError::Status(_) | OutgoingError::TooLarge(_) | OutgoingError::Unreachable(_)) => odd(other),
    }
}

fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

fn odd(what: impl ToString) -> RegistryError {
    RegistryError::Unavailable(what.to_string())
}
