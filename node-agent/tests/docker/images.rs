//! Only what was pinned runs.

use gpuaas_domain::node_protocol::output::{FailureCode, Lifecycle};
use gpuaas_domain::node_protocol::task::Image;

use super::engine::{TestImage, container, containers};
use super::world::World;
use crate::specs::{self, text};

#[tokio::test]
async fn a_tag_is_refused_even_if_the_engine_has_it() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(Image::Registry(text(&format!("{}:t", image.repository()))));
    let (code, _) = *world.launch(&spec).await.unwrap_err();
    assert_eq!(code, FailureCode::ImageTagRefused);
    assert!(containers(&world.docker, world.node).await.is_empty());
}

#[tokio::test]
async fn an_image_whose_config_is_not_the_pinned_one_is_refused() {
    let world = World::new().await;
    let (image, other) = (TestImage::make().await, TestImage::make().await);
    let mut spec = world.web(image.publish().await);
    spec.artifact.config_digest = Some(other.id.parse().unwrap());
    let (code, _) = *world.launch(&spec).await.unwrap_err();
    assert_eq!(code, FailureCode::ImageDigestMismatch);
    assert!(containers(&world.docker, world.node).await.is_empty());
}

#[tokio::test]
async fn a_digest_that_the_registry_does_not_have_is_said() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let name = format!("{}@sha256:{}", image.repository(), "a1".repeat(32));
    let (code, output) = *world.launch(&world.web(Image::Registry(text(&name)))).await.unwrap_err();
    assert_eq!((code, output.lifecycle), (FailureCode::ImageNotFound, Lifecycle::Failed));
}

#[tokio::test]
async fn a_registry_that_does_not_answer_is_said() {
    let world = World::new().await;
    let name = format!("127.0.0.1:1/app@sha256:{}", "a1".repeat(32));
    let (code, _) = *world.launch(&world.web(Image::Registry(text(&name)))).await.unwrap_err();
    assert_eq!(code, FailureCode::PullFailed);
}

#[tokio::test]
async fn an_image_without_a_registry_runs_only_with_leave() {
    let image = TestImage::make().await;
    let strict = World::with(60, false).await;
    let (code, _) = *strict.launch(&strict.web(image.local())).await.unwrap_err();
    assert_eq!(code, FailureCode::LocalImageRefused);
    let lenient = World::new().await;
    assert!(lenient.launch(&lenient.web(image.local())).await.is_ok());
}

#[tokio::test]
async fn an_image_for_another_processor_is_refused() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let mut spec = world.web(image.local());
    spec.artifact.architecture = specs::architectures().1;
    let (code, _) = *world.launch(&spec).await.unwrap_err();
    assert_eq!(code, FailureCode::ArchitectureMismatch);
}

#[tokio::test]
async fn a_container_runs_the_image_of_the_digest_whatever_its_names_mean_now() {
    let world = World::new().await;
    let (image, other) = (TestImage::make().await, TestImage::make().await);
    let spec = world.web(image.local());
    other.tag(image.repository(), "t").await;
    world.launch(&spec).await.unwrap();
    let made = container(&world.docker, spec.identity.instance).await;
    assert_eq!(made.image.as_deref(), Some(image.id.as_str()));
}
