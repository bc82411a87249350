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
    let owner: uuid::Uuid = checked["owner"].as_str().unwrap().parse().unwrap();
    let id = gpuaas_domain::Kind::Organization.print_id(owner);
    assert_eq!(json(&["--json", "--org", &id])["good"], true);
    let another = ["--org", "org_01h2e8kqvbfwea724h75qc655w"];
    for (file, whose) in [("owner-good.gpulog", &*id), ("good.gpulog", "the whole log")] {
        let another = verify(file, &another);
        let said = text(&another);
        assert!(another.status.code() == Some(1) && said.contains(&format!("it is of {whose}.")), "{said}");
    }
    let another: Value =
        serde_json::from_str(&text(&verify("owner-good.gpulog", &[&another[..], &["--json"]].concat()))).expect("JSON");
    assert_eq!((another["good"].as_bool(), another["kind"].as_str()), (Some(false), Some("organization")));
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

#[test]
fn a_policy_is_read_from_a_file_and_judges_the_last_checkpoint() {
    let directory = tempfile::tempdir().expect("a directory");
    let policy = directory.path().join("policy");
    let verdict = |text: &str, options: &[&str]| {
        fs::write(&policy, text).expect("it can be written");
        verify("good.gpulog", &[&["--policy", policy.to_str().expect("UTF-8")], options].concat())
    };
    let good = verdict(&format!("log {KEY}\nquorum none\n"), &[]);
    assert_eq!(good.status.code(), Some(0));
    assert!(text(&good).contains("signed as the policy demands"), "{}", text(&good));
    let witness = gpuaas_log::cosignature::Cosigner::from_seed("w.example", &[1; 32]).expect("the name is good");
    let text_of_one = format!("log {KEY}\nwitness w {}\nquorum w\n", witness.key());
    let bad = verdict(&text_of_one, &[]);
    assert_eq!(bad.status.code(), Some(1));
    assert!(text(&bad).ends_with("cosigned by none of its witnesses; the policy demands w\n"), "{}", text(&bad));
    let json: Value = serde_json::from_str(&text(&verdict(&text_of_one, &["--json"]))).expect("JSON");
    assert_eq!((json["good"].as_bool(), json["kind"].as_str()), (Some(false), Some("signature")));
    for (text, why) in [("quorum none\n", "names no log"), ("quorum w\n", "line 1 of the policy")] {
        let output = verdict(text, &[]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(why), "{said}");
    }
}

#[test]
fn an_owners_export_is_judged_by_policy_and_compromised_keys_too() {
    let directory = tempfile::tempdir().expect("a directory");
    let policy = directory.path().join("policy");
    let verdict = |text: &str, options: &[&str]| {
        fs::write(&policy, text).expect("it can be written");
        verify("owner-good.gpulog", &[&["--policy", policy.to_str().expect("UTF-8")], options].concat())
    };
    let signed = format!("log {KEY}\nquorum none\n");
    let json: Value = serde_json::from_str(&text(&verdict(&signed, &["--json"]))).expect("JSON");
    assert_eq!((json["good"].as_bool(), json["signatures_checked"].as_bool()), (Some(true), Some(true)));
    let size = json["size"].as_u64().expect("a number");
    let witness = gpuaas_log::cosignature::Cosigner::from_seed("w.example", &[1; 32]).expect("the name is good");
    let watched = format!("log {KEY}\nwitness w {}\nquorum w\n", witness.key());
    assert_eq!(verdict(&watched, &[]).status.code(), Some(1));
    for (cut_off, why) in [(size, "declared compromised"), (size - 1, "not signed by a log of the policy")] {
        let output = verdict(&signed, &["--compromised", &format!("{KEY}@{cut_off}")]);
        assert!(output.status.code() == Some(1) && text(&output).contains(why), "{}", text(&output));
    }
}

#[test]
fn an_organization_is_told_by_its_id_and_asked_for_by_it() {
    let said = text(&verify("owner-good.gpulog", &[]));
    assert!(said.contains("\nowner       org_"), "{said}");
    let slug = verify("owner-good.gpulog", &["--org", "acme"]);
    let said = String::from_utf8(slug.stderr).expect("UTF-8");
    assert!(slug.status.code() == Some(2) && said.contains("an id, not a slug"), "{said}");
}

#[test]
fn a_key_that_is_merely_old_is_told_apart_from_a_bad_log() {
    let vectors: Value = serde_json::from_slice(&fs::read(vector("vectors.json")).expect("it is there")).expect("JSON");
    let old = verify("good.gpulog", &["--key", vectors["keys"][0].as_str().expect("text")]);
    let said = text(&old);
    assert_eq!(old.status.code(), Some(1), "{said}");
    assert!(said.contains("signed by none of the given keys, but by") && said.contains(KEY), "{said}");
}
