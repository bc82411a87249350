//! What the binary prints of itself is what is committed.

use std::path::Path;
use std::process::Command;

fn check(command: &str, committed: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_gpuaas")).arg(command).output().unwrap();
    let path = format!("{}/../{committed}", env!("CARGO_MANIFEST_DIR"));
    let printed = String::from_utf8(output.stdout).unwrap();
    let is_same = std::fs::read_to_string(path).unwrap() == printed;
    assert!(is_same, "{committed} has drifted; run `cargo xtask contracts` and commit what changes");
}

/// A folder's files, whole.
fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { sources(&path) } else { std::fs::read_to_string(path).unwrap() }).collect()
}

#[test]
fn every_operation_of_the_api_has_a_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let client = std::fs::read_to_string(root.join("../sdk/rust/src/generated.rs")).unwrap();
    let (_, methods) = client.split_once("impl Client {").unwrap();
    let commands = sources(&root.join("src"));
    let names = methods.lines().filter_map(|line| line.trim_start_matches("    pub ").split_once("fn "));
    let names = names.filter(|(before, _)| ["", "async "].contains(before)).map(|(_, rest)| rest);
    let names: Vec<&str> = names.map(|rest| rest.split('(').next().unwrap()).collect();
    let missing: Vec<&&str> = names.iter().filter(|name| !commands.contains(&format!(".{name}("))).collect();
    assert!(names.len() > 100 && missing.is_empty(), "{missing:?} of {}", names.len());
}

#[test]
fn the_committed_document_is_what_the_handlers_give() {
    check("openapi", "schemas/openapi.json");
}

#[test]
fn the_committed_document_of_the_events_is_what_their_types_give() {
    check("asyncapi", "schemas/asyncapi.yaml");
}

#[test]
fn the_reference_of_the_commands_is_what_they_take() {
    check("reference", "docs/cli.md");
}
