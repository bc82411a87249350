//! AsyncAPI's own parser reads the committed document of the events.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn parse(document: &Path) -> Output {
    let named = |name: &str| std::env::var_os(name).expect("cargo xtask test makes it and names it");
    let mut command = Command::new(named("GPUAAS_TEST_NODE"));
    command.arg(root().join("xtask/conformance/asyncapi/check.mjs"));
    command.arg(named("GPUAAS_TEST_ASYNCAPI_PARSER")).arg(document).output().unwrap()
}

#[test]
fn the_committed_document_of_the_events_is_accepted_by_asyncapis_parser() {
    let output = parse(&root().join("schemas/asyncapi.yaml"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("accepted as AsyncAPI 3."), "{said}");
}

/// A document that is accepted.
const SMALL: &str = "\
asyncapi: 3.1.0
info: {title: Small, version: '1', license: {name: Apache-2.0}}
defaultContentType: application/json
channels: {a: {address: a, messages: {b: {payload: {type: string}}}}}
operations: {send: {action: send, channel: {$ref: '#/channels/a'}}}
";

#[test]
fn a_document_is_accepted_without_a_remark_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.yaml");
    for (right, wrong, code) in [
        ("Small", "Little", 0),
        ("send, ", "shout, ", 1),
        ("#/channels/a", "#/channels/nowhere", 1),
        // Nothing but a remark: there is a newer one.
        ("3.1.0", "3.0.0", 1),
    ] {
        assert!(SMALL.contains(right), "{right}");
        std::fs::write(&file, SMALL.replacen(right, wrong, 1)).unwrap();
        let output = parse(&file);
        assert_eq!(output.status.code(), Some(code), "{wrong}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
