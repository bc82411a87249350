//! What the binary prints of itself is what is committed.

use std::process::Command;

fn check(command: &str, committed: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_gpuaas")).arg(command).output().unwrap();
    let path = format!("{}/../{committed}", env!("CARGO_MANIFEST_DIR"));
    let printed = String::from_utf8(output.stdout).unwrap();
    let is_same = std::fs::read_to_string(path).unwrap() == printed;
    assert!(is_same, "{committed} has drifted; run `cargo xtask contracts` and commit what changes");
}

#[test]
fn the_committed_document_is_what_the_handlers_give() {
    check("openapi", "schemas/openapi.json");
}

#[test]
fn the_reference_of_the_commands_is_what_they_take() {
    check("reference", "docs/cli.md");
}
