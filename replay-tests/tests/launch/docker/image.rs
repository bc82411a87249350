//! Images that tests make: imported into the engine, pushed to the registry, and taken away
//! from the engine again, so that what runs has to be fetched.

use std::path::Path;

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use tempfile::TempDir;

use super::engine::docker;
use super::place::{Place, digest};

/// Says when it starts, answers `hello` after a second, and says of each request what it answered.
const WEB: &str = "echo started; sleep 1; exec httpd -f -v -p 8080 -h /www";

/// An image that the registry has.
#[derive(Debug, Clone)]
pub(super) struct Published {
    /// `registry/path@sha256:…`.
    pub(super) name: String,
    /// What the digest names.
    pub(super) media_type: String,
    /// The processor it is for.
    pub(super) architecture: String,
}

/// This machine's processor, as images name it, and one that it has not.
pub(super) fn architectures() -> (&'static str, &'static str) {
    match std::env::consts::ARCH {
        "aarch64" => ("arm64", "amd64"),
        _ => ("amd64", "arm64"),
    }
}

/// A web server.
pub(super) async fn web() -> Published {
    shell(WEB).await
}

/// An image that runs this in a shell.
pub(super) async fn shell(script: &str) -> Published {
    let folder = TempDir::new().unwrap();
    let archive = busybox(folder.path()).await;
    publish(&archive, "busybox", &[command(script)], &Place::open()).await
}

/// The same web server in a registry that takes a login.
pub(super) async fn private_web(place: &Place) -> Published {
    let folder = TempDir::new().unwrap();
    let archive = busybox(folder.path()).await;
    publish(&archive, "busybox", &[command(WEB)], place).await
}

fn command(script: &str) -> String {
    format!("CMD {}", serde_json::to_string(&["/bin/sh", "-c", script]).unwrap())
}

/// Publishes a root filesystem as an image.
pub(super) async fn publish(archive: &Path, name: &str, changes: &[String], place: &Place) -> Published {
    let repository = format!("{}/{name}-{:016x}", place.host, rand::random::<u64>());
    let tag = format!("{repository}:t");
    let mut import = vec!["import"];
    import.extend(changes.iter().flat_map(|change| ["--change", change.as_str()]));
    let archive = archive.to_str().unwrap();
    import.extend([archive, &tag]);
    docker(&import).await;
    place.push(&tag).await;
    let name = docker(&["inspect", "--format", "{{index .RepoDigests 0}}", &tag]).await;
    docker(&["rmi", "--force", &tag, &name]).await;
    let (media_type, _) = place.manifest(&name).await;
    Published { name, media_type, architecture: architectures().0.to_owned() }
}

/// The image of another, as if it were for another processor.
pub(super) async fn retold(image: &Published, architecture: &str) -> Published {
    let place = Place::open();
    let (media_type, manifest) = place.manifest(&image.name).await;
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let repository = image.name.split_once('@').unwrap().0;
    let config = place.get(repository, &format!("blobs/{}", manifest["config"]["digest"].as_str().unwrap())).await;
    let mut config: Value = config.json().await.unwrap();
    config["architecture"] = architecture.into();
    let config = config.to_string();
    place.store(repository, &config).await;
    manifest["config"]["digest"] = digest(&config).into();
    manifest["config"]["size"] = config.len().into();
    let manifest = manifest.to_string();
    let name = format!("{repository}@{}", digest(&manifest));
    let url = place.url(repository, &format!("manifests/{}", digest(&manifest)));
    let put = place.http.put(url).header(CONTENT_TYPE, &media_type).body(manifest).send().await.unwrap();
    assert_eq!(put.status().as_u16(), 201);
    Published { name, media_type, architecture: architecture.to_owned() }
}

/// A static busybox under many names, a page to serve, and something that no other image has.
async fn busybox(folder: &Path) -> std::path::PathBuf {
    let root = folder.join("root");
    for made in ["bin", "www", "tmp", "etc", "workspace"] {
        std::fs::create_dir_all(root.join(made)).unwrap();
    }
    let busybox = std::env::var("GPUAAS_TEST_BUSYBOX").expect("cargo xtask services finds a static busybox");
    std::fs::copy(busybox, root.join("bin/busybox")).unwrap();
    for name in ["sh", "sleep", "cat", "echo", "httpd", "env", "true", "touch", "test"] {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    std::fs::write(root.join("www/index.html"), "hello\n").unwrap();
    std::fs::write(root.join("etc/image"), format!("{:032x}", rand::random::<u128>())).unwrap();
    let archive = folder.join("root.tar");
    let mut tar = tokio::process::Command::new("tar");
    tar.arg("-C").arg(&root).arg("-cf").arg(&archive).arg(".");
    assert!(tar.status().await.unwrap().success());
    archive
}
