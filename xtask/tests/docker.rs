//! The Docker engine, the registry and the busybox that tests are given work together.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

use std::process::{Command, Stdio};

fn given(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run `cargo xtask test`"))
}

fn docker<const N: usize>(arguments: [&str; N]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Makes an image that holds busybox and nothing else.
fn import(image: &str) {
    let busybox = std::path::PathBuf::from(given("GPUAAS_TEST_BUSYBOX"));
    let mut tar = Command::new("tar")
        .args(["--create", "--dereference", "--directory"])
        .args([busybox.parent().unwrap(), busybox.file_name().unwrap().as_ref()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let archive = tar.stdout.take().unwrap();
    let import = ["import", "--change", "CMD [\"/busybox\", \"echo\", \"it runs\"]", "-", image];
    let imported = Command::new("docker").args(import).stdin(archive).output().unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert!(tar.wait().unwrap().success());
}

#[test]
fn an_image_goes_through_the_registry_and_runs_by_its_digest() {
    let repository = format!("{}/xtask/busybox-{}", given("GPUAAS_TEST_REGISTRY"), std::process::id());
    let image = format!("{repository}:latest");
    import(&image);
    docker(["push", "--quiet", &image]);
    let pinned = docker(["image", "inspect", "--format", "{{index .RepoDigests 0}}", &image]);
    assert!(pinned.starts_with(&format!("{repository}@sha256:")), "{pinned}");
    docker(["image", "rm", "--force", &image]);

    docker(["pull", "--quiet", &pinned]);
    assert_eq!(docker(["run", "--rm", "--network", "none", &pinned]), "it runs");
    docker(["image", "rm", "--force", &pinned]);
}
