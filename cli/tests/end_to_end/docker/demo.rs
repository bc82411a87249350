//! `gpuaas demo`, and what an outsider makes of it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::super::nats::Nats;
use super::super::platform::{GPUAAS, clean};

/// The demo with a data directory of its own.
fn demo(home: &Path, arguments: &[&str]) -> Command {
    let mut command = clean(GPUAAS, home);
    command.arg("demo").arg("--data").arg(home.join("demo data")).args(arguments);
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The outsider's program about what the demo told.
fn outsider(kept: &Path) -> Output {
    let python = std::env::var_os("GPUAAS_TEST_OUTSIDER_PYTHON").expect("cargo xtask test makes it and names it");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../replay-tests/outsider/story.py");
    // Without -B it would leave compiled files in the tree.
    Command::new(python).arg("-B").arg(script).arg(kept).output().unwrap()
}

#[test]
fn the_demo_holds_and_an_outsider_agrees_with_every_step() {
    let home = tempfile::tempdir().unwrap();
    let nats = Nats::start();
    let output = demo(home.path(), &["--exit", "--nats-url", &nats.url]).output().unwrap();
    assert!(output.status.success(), "{}\n{}", text(&output.stdout), text(&output.stderr));
    let told = text(&output.stdout);
    for step in [
        "tunnel: ",
        "image_tag_refused",
        "not_enough_gpus",
        "reconstruct: ",
        "one byte changed: ",
        "receipt: ",
        "tenant's export: ",
        "explained: ",
        "events over JetStream",
    ] {
        assert!(told.contains(step), "{step} is not in {told}");
    }
    let checked = outsider(&home.path().join("demo data/demo"));
    assert!(checked.status.success(), "{}", text(&checked.stderr));
}

#[test]
fn a_demo_that_is_interrupted_leaves_nothing_that_is_billed() {
    let home = tempfile::tempdir().unwrap();
    let mut child = demo(home.path(), &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let running = lines.by_ref().map_while(Result::ok).find(|line| line.contains(" running: "));
    let mut said = String::new();
    if running.is_some() {
        let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(told.success());
        said = lines.map_while(Result::ok).collect::<Vec<_>>().join("\n");
    }
    let status = child.wait().unwrap();
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(running.is_some(), "{error}");
    assert_eq!(status.code(), Some(1), "{said}\n{error}");
    assert!(said.contains("was decommissioned: its container is gone"), "{said}\n{error}");
    assert!(said.contains("was released: it is billed no more"), "{said}\n{error}");
}

#[test]
fn without_an_engine_the_demo_says_which_step_needs_one_and_how_to_get_it() {
    let home = tempfile::tempdir().unwrap();
    let nowhere = format!("unix://{}", home.path().join("no.sock").display());
    let output = demo(home.path(), &["--exit"]).env("DOCKER_HOST", nowhere).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(error.starts_with("error: node: ") && error.contains("apt-get install docker.io"), "{error}");
}

#[test]
fn a_demo_wants_a_directory_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join("demo data")).unwrap();
    std::fs::write(home.path().join("demo data/something"), "mine").unwrap();
    let output = demo(home.path(), &["--exit"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("is not empty"), "{}", text(&output.stderr));
}
