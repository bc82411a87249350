//! `gpuaas audit verify`: what it prints, and how it exits.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

const KEY: &str = "gpuaas.example/log/vectors+cc028652+AR/kAa7dNytgS5dvBVip2y2HcqdEDteNzdsfjfHsey0P";

fn vector(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../log/vectors").join(name)
}

fn verify(file: &str, options: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gpuaas"))
        .args(["audit", "verify"])
        .arg(vector(file))
        .args(options)
        .output()
        .expect("the binary starts")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

#[test]
fn a_good_log_exits_zero_and_claims_no_more_than_was_shown() {
    let alone = verify("good.gpulog", &[]);
    assert_eq!(alone.status.code(), Some(0));
    assert!(text(&alone).contains("consistent in itself; not shown to be what others saw"), "{}", text(&alone));
    let with_key = verify("good.gpulog", &["--key", KEY]);
    assert_eq!(with_key.status.code(), Some(0));
    assert!(text(&with_key).contains("signed by the given key"), "{}", text(&with_key));
}

#[test]
fn a_fault_exits_one_with_its_position_and_kind() {
    let output = verify("bad/payload-changed.gpulog", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).starts_with("FAULT  chain at 27\n"), "{}", text(&output));
    let json: Value = serde_json::from_str(&text(&verify("bad/payload-changed.gpulog", &["--json"]))).expect("JSON");
    assert_eq!((json["position"].as_u64(), json["kind"].as_str()), (Some(27), Some("chain")));
}

#[test]
fn an_owners_export_says_whether_its_signature_was_checked() {
    let json = |options: &[&str]| -> Value {
        serde_json::from_str(&text(&verify("owner-good.gpulog", options))).expect("JSON")
    };
    assert_eq!(json(&["--json"])["signatures_checked"], false);
    let checked = json(&["--json", "--key", KEY]);
    assert_eq!(checked["signatures_checked"], true);
    assert_eq!(checked["absent"], serde_json::json!([9]));
}

#[test]
fn a_held_checkpoint_is_read_from_a_file() {
    let vectors: Value = serde_json::from_slice(&fs::read(vector("vectors.json")).expect("it is there")).expect("JSON");
    let directory = tempfile::tempdir().expect("a directory");
    let held = directory.path().join("checkpoint");
    fs::write(&held, vectors["checkpoints"][0].as_str().expect("text")).expect("it can be written");
    let output = verify("good.gpulog", &["--checkpoint", held.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output).contains("saw at size 36"), "{}", text(&output));
}

#[test]
fn what_cannot_be_checked_exits_two() {
    for (file, options) in [
        ("absent.gpulog", &[][..]),
        ("good.gpulog", &["--key", "not a key"][..]),
        ("good.gpulog", &["--checkpoint", "absent"][..]),
        ("good.gpulog", &["--unknown"][..]),
    ] {
        let output = verify(file, options);
        assert_eq!(output.status.code(), Some(2), "{file} {options:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    }
}
