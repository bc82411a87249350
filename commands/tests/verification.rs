use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gpuaas_commands::handlers::artifact::{RequestArtifactVerification, UploadArtifact};
use gpuaas_commands::policies::Verification;
use gpuaas_commands::registry::{Registry, RegistryError};
use gpuaas_domain::artifact::{Artifact, Inspection, VerificationFault};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::ArtifactId;
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::{Image, ImageReference};
use gpuaas_domain::profile::MediaType;

use crate::fleet::{Fleet, image, run};

/// What a registry holds, by digest; without anything it is away.
#[derive(Default)]
struct Held(Mutex<Option<BTreeMap<String, Inspection>>>);

#[async_trait]
impl Registry for Held {
    async fn inspect(&self, image: &ImageReference) -> Result<Inspection, RegistryError> {
        let held = self.0.lock().unwrap();
        let held = held.as_ref().ok_or_else(|| RegistryError::Unavailable("connection refused".into()))?;
        held.get(image.digest()).cloned().ok_or(RegistryError::NotFound)
    }

    fn allows_local_images(&self) -> bool {
        false
    }
}

fn digest() -> String {
    format!("sha256:{}", "a1".repeat(32))
}

fn held() -> BTreeMap<String, Inspection> {
    let inspection = Inspection {
        digest: digest(),
        media_type: MediaType::OciImageManifest.as_str().into(),
        config_digest: Some(digest().parse().unwrap()),
        architecture: Some("amd64".into()),
        size_bytes: 7,
    };
    BTreeMap::from([(digest(), inspection)])
}

async fn upload(fleet: &Fleet, image: Image) -> ArtifactId {
    let upload = UploadArtifact {
        app: fleet.app,
        name: Text::new("runtime-cpu").unwrap(),
        image,
        media_type: MediaType::OciImageManifest,
        architecture: Architecture::Amd64,
        accelerator: None,
    };
    fleet.platform.engine.execute(&fleet.platform.admin, &upload).await.unwrap().id
}

/// What the registry has said, as soon as it has said something.
async fn said(fleet: &Fleet, id: ArtifactId) -> Result<u64, VerificationFault> {
    for _ in 0..500 {
        match fleet.platform.engine.state::<Artifact>(id).await.unwrap().0 {
            Artifact::Verified(checked) => return Ok(checked.verified.size_bytes),
            Artifact::Uploaded { fault: Some(fault), .. } => return Err(fault),
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
    panic!("the registry was not asked");
}

#[tokio::test]
async fn what_the_registry_says_comes_back_as_a_command() {
    let fleet = Fleet::start(false).await;
    let registry = Arc::new(Held::default());
    run(&fleet.platform.engine, &fleet.cursors, Verification::new(registry.clone()));
    let id = upload(&fleet, image()).await;
    assert_eq!(said(&fleet, id).await, Err(VerificationFault::RegistryUnavailable));
    *registry.0.lock().unwrap() = Some(held());
    let again = RequestArtifactVerification { app: fleet.app, id };
    fleet.platform.engine.execute(&fleet.platform.admin, &again).await.unwrap();
    assert_eq!(said(&fleet, id).await, Ok(7));
}

#[tokio::test]
async fn a_digest_that_the_registry_does_not_have_is_not_verified() {
    let fleet = Fleet::start(false).await;
    let registry = Held(Mutex::new(Some(BTreeMap::new())));
    run(&fleet.platform.engine, &fleet.cursors, Verification::new(Arc::new(registry)));
    let id = upload(&fleet, image()).await;
    assert_eq!(said(&fleet, id).await, Err(VerificationFault::NotInRegistry));
    let local = upload(&fleet, Image::LocalImage(digest().parse().unwrap())).await;
    assert_eq!(said(&fleet, local).await, Err(VerificationFault::LocalImageRefused));
}
