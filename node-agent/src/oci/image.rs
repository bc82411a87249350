//! Images: only what was pinned runs.

use bollard::models::ImageInspect;
use gpuaas_domain::node_protocol::output::{Failure, FailureCode};
use gpuaas_domain::node_protocol::task::{Artifact, ConfigDigest, Image, ImageReference};

use super::{Docker, failure};
use crate::executor::Host;

impl Docker {
    /// The pinned image's config digest, the image being there; fetched if it is not.
    pub(super) async fn image(&self, artifact: &Artifact, host: &dyn Host) -> Result<ConfigDigest, Failure> {
        match &artifact.image {
            Image::LocalImage(config) => {
                self.allow_local()?;
                let found = self.inspect(config.as_str()).await?.ok_or_else(|| not_found(config.as_str()))?;
                verify(artifact, None, &found)
            }
            Image::Registry(name) => {
                let reference = reference(name)?;
                let found = match self.inspect(&reference.to_string()).await? {
                    Some(found) => found,
                    None => {
                        self.pull(&reference, artifact, host).await?;
                        let found = self.inspect(&reference.to_string()).await?;
                        found.ok_or_else(|| not_found(&reference.to_string()))?
                    }
                };
                verify(artifact, Some(&reference), &found)
            }
        }
    }

    /// Whether an image that a container runs is the pinned one.
    pub(super) async fn is_pinned(&self, artifact: &Artifact, image: &ConfigDigest) -> Result<(), Failure> {
        let reference = match &artifact.image {
            Image::LocalImage(_) => {
                self.allow_local()?;
                None
            }
            Image::Registry(name) => Some(reference(name)?),
        };
        let found = self.inspect(image.as_str()).await?.ok_or_else(|| not_found(image.as_str()))?;
        verify(artifact, reference.as_ref(), &found).map(drop)
    }

    fn allow_local(&self) -> Result<(), Failure> {
        let refusal = "this node runs images of registries alone; publish the image to one";
        self.allow_local_images.then_some(()).ok_or_else(|| Failure::new(FailureCode::LocalImageRefused, refusal))
    }

    async fn inspect(&self, name: &str) -> Result<Option<ImageInspect>, Failure> {
        match self.engine.client().await?.inspect_image(name).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if failure::is_not_found(&error) => Ok(None),
            Err(error) => Err(failure::runtime(&error)),
        }
    }
}

fn reference(name: &str) -> Result<ImageReference, Failure> {
    ImageReference::parse(name).map_err(|error| Failure::new(FailureCode::ImageReferenceInvalid, error.to_string()))
}

/// The image's config digest, if the image is the pinned one in every respect that is pinned.
fn verify(artifact: &Artifact, by: Option<&ImageReference>, found: &ImageInspect) -> Result<ConfigDigest, Failure> {
    let config = found.id.as_deref().and_then(|id| id.parse::<ConfigDigest>().ok());
    let config = config.ok_or_else(|| mismatch("the engine names no digest of the image"))?;
    if let Some(reference) = by {
        let digests = found.repo_digests.iter().flatten();
        if !digests.into_iter().any(|digest| *digest == reference.to_string()) {
            return Err(mismatch("the image has another manifest digest"));
        }
    }
    if let Image::LocalImage(pinned) = &artifact.image
        && *pinned != config
    {
        return Err(mismatch("the image has another config digest"));
    }
    if artifact.config_digest.as_ref().is_some_and(|pinned| *pinned != config) {
        return Err(mismatch("the image has another config digest"));
    }
    if found.architecture.as_deref() != Some(artifact.architecture.as_str()) {
        let message = format!(
            "the image is for {}, the artifact for {}; publish one for this node",
            found.architecture.as_deref().unwrap_or("no processor in particular"),
            artifact.architecture
        );
        return Err(Failure::new(FailureCode::ArchitectureMismatch, message));
    }
    Ok(config)
}

fn mismatch(what: &str) -> Failure {
    Failure::new(FailureCode::ImageDigestMismatch, format!("{what} than was pinned; publish the artifact anew"))
}

fn not_found(name: &str) -> Failure {
    Failure::new(FailureCode::ImageNotFound, format!("there is no image {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn digest(of: &str) -> String {
        format!("sha256:{}", of.repeat(32))
    }

    fn found() -> ImageInspect {
        ImageInspect {
            id: Some(digest("b2")),
            repo_digests: Some(vec![format!("r.io/hello@{}", digest("a1"))]),
            architecture: Some("amd64".into()),
            ..ImageInspect::default()
        }
    }

    fn check(change: impl FnOnce(&mut Artifact, &mut ImageInspect), expected: Option<FailureCode>) {
        let (mut artifact, mut found) = (fixtures::launch().artifact, found());
        change(&mut artifact, &mut found);
        let Image::Registry(name) = &artifact.image else { panic!("a registry's image") };
        let verdict = verify(&artifact, Some(&reference(name).unwrap()), &found);
        assert_eq!(verdict.err().map(|failure| failure.code), expected);
    }

    #[test]
    fn the_pinned_image_runs() {
        check(|_, _| (), None);
        check(|artifact, _| artifact.config_digest = Some(digest("b2").parse().unwrap()), None);
    }

    #[test]
    fn an_image_with_another_digest_does_not_run() {
        let wrong = Some(FailureCode::ImageDigestMismatch);
        check(|_, found| found.repo_digests = Some(vec![format!("r.io/hello@{}", digest("a2"))]), wrong);
        check(|_, found| found.repo_digests = Some(vec![format!("other.io/hello@{}", digest("a1"))]), wrong);
        check(|_, found| found.repo_digests = None, wrong);
        check(|_, found| found.id = None, wrong);
        check(|artifact, _| artifact.config_digest = Some(digest("b3").parse().unwrap()), wrong);
    }

    #[test]
    fn an_image_for_another_processor_does_not_run() {
        check(|_, found| found.architecture = Some("arm64".into()), Some(FailureCode::ArchitectureMismatch));
    }
}
