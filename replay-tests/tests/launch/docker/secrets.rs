//! Secrets reach the workload and the registry, and stay nowhere else.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::engine::{containers, docker};
use super::place::Place;
use super::world::{World, last};
use super::{image, manifest, tunnel};

/// A world whose key store is elsewhere, with a registry that takes the login `robot` of it.
async fn with_login(keys: &TempDir, place: &Place) -> World {
    let listed = format!("http://robot@{}", place.host).parse().unwrap();
    World::with(|config| {
        config.keys = Some(keys.path().to_owned());
        config.images.registries = vec![listed];
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_of_the_key_store_fetches_the_image_and_is_kept_nowhere_else() {
    let (keys, place) = (TempDir::new().unwrap(), Place::private());
    let (world, image) = (with_login(&keys, &place).await, image::private_web(&place).await);
    let app = world.app("web", manifest::web("web")).await;
    let artifact = world.artifact(&app, "runtime", &image).await;
    let faulty = |fault: &'static str| move |shown: &Value| shown["fault"] == fault;
    world.client.until(&artifact, faulty("registry_unavailable")).await;
    let (name, secret) = place.login.as_ref().unwrap();
    for (secret, fault) in [("wrong", Some("access_denied")), (secret.as_str(), None)] {
        let credential = json!({"username": name, "secret": secret}).to_string();
        std::fs::write(keys.path().join("credential/robot"), credential).unwrap();
        world.client.act(&format!("{artifact}/verify")).await.expect(200);
        match fault {
            Some(fault) => drop(world.client.until(&artifact, faulty(fault)).await),
            None => drop(world.client.until(&artifact, |shown| shown["status"] == "verified").await),
        }
    }
    world.promote(&artifact).await;
    let instance = world.launch(World::wish("web", &world.allocate().await)).await;
    world.until(&instance, "running").await;
    assert_eq!(tunnel::get(&world.client, &instance, "/").await.body, "hello\n");
    let kept = world.kept();
    assert!(kept.windows(image.name.len()).any(|part| part == image.name.as_bytes()), "not even the image is found");
    assert!(!kept.windows(secret.len()).any(|part| part == secret.as_bytes()), "the login is in a file");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_workload_has_a_token_of_its_own_and_it_is_told_to_those_who_may_reach_it() {
    let (world, image) = (World::start().await, image::web().await);
    world.offer("web", manifest::web("web"), &image).await;
    let allocation = world.allocate().await;
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let instance = world.launch(World::wish("web", &allocation)).await;
        world.until(&instance, "running").await;
        let container = containers("instance", last(&instance)).await.remove(0);
        let given = docker(&["exec", &container, "/bin/sh", "-c", "echo $APP_TOKEN"]).await;
        let told = world.client.act(&format!("{instance}/app-token")).await.expect(200);
        assert_eq!(told["token"], given);
        tokens.push(given);
    }
    assert_ne!(tokens[0], tokens[1]);
    let kept = world.kept();
    for token in &tokens {
        assert!(token.len() >= 32 && !kept.windows(token.len()).any(|part| part == token.as_bytes()));
    }
    let mut plain = manifest::web("plain");
    plain["execution"].as_object_mut().unwrap().remove("app_token");
    world.offer("plain", plain, &image).await;
    let third = format!("{}/app-instances", world.project);
    let refused = world.client.post(&third, World::wish("plain", &allocation)).await;
    refused.refused(409, "resources_exceed_allocation");
}
