//! `gpuaas log restore` out of an export: what from outside it has to agree.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use gpuaas_log::hash::Hash;
use serde_json::Value;
use tempfile::TempDir;

fn vector(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../log/vectors").join(name)
}

/// Restores the format's own good log into a directory.
fn restore(into: &Path, options: &[&str]) -> Output {
    let mut gpuaas = Command::new(env!("CARGO_BIN_EXE_gpuaas"));
    gpuaas.args(["log", "restore", "--json", "--from"]).arg(vector("good.gpulog")).arg("--into").arg(into);
    gpuaas.args(options).output().expect("it starts")
}

fn code(output: &Output) -> String {
    let error: Value = serde_json::from_slice(&output.stderr).expect("JSON");
    error["error"]["code"].as_str().expect("a code").to_owned()
}

/// A checkpoint of the good log, in a file.
fn given(folder: &TempDir) -> (String, String) {
    let vectors: Value = serde_json::from_slice(&fs::read(vector("vectors.json")).expect("it is there")).expect("JSON");
    let note = vectors["checkpoints"][0].as_str().expect("text").to_owned();
    let file = folder.path().join("given");
    fs::write(&file, &note).expect("it can be written");
    (file.to_str().expect("UTF-8").to_owned(), note)
}

#[test]
fn the_checkpoint_that_was_kept_counts_beside_the_given_one() {
    let folder = tempfile::tempdir().expect("a directory");
    let (given, note) = given(&folder);
    let into = folder.path().join("data");
    fs::create_dir(&into).expect("it can be made");
    let kept = into.join("checkpoint");
    let origin = note.lines().next().expect("a line").to_owned();
    let signer = Signer::from_seed(&origin, &[9; 32]).expect("the name is good");
    let later = Checkpoint { origin, size: 1_000, root: Hash([1; 32]) };
    let later = SignedCheckpoint::sign(later, &[&signer]).to_string();
    for (held, why) in [(&*later, "export_not_good"), ("not a checkpoint", "usage")] {
        fs::write(&kept, held).expect("it can be written");
        let refused = restore(&into, &["--checkpoint", &given]);
        assert!(!refused.status.success() && code(&refused) == why, "{refused:?}");
        assert_eq!(fs::read_to_string(&kept).expect("it is there"), held);
        assert!(!into.join("log.db").exists());
    }
    fs::write(&kept, &note).expect("it can be written");
    let restored = restore(&into, &["--checkpoint", &given]);
    assert!(restored.status.success(), "{restored:?}");
    assert_ne!(fs::read_to_string(&kept).expect("it is there"), note, "the last one of the export lies there now");
}

#[test]
fn a_policy_and_keys_that_were_stolen_are_heeded() {
    let folder = tempfile::tempdir().expect("a directory");
    let key = "gpuaas.example/log/vectors+cc028652+AR/kAa7dNytgS5dvBVip2y2HcqdEDteNzdsfjfHsey0P";
    let witness = gpuaas_log::cosignature::Cosigner::from_seed("w.example", &[1; 32]).expect("the name is good");
    let policy = folder.path().join("policy");
    let file = policy.to_str().expect("UTF-8");
    fs::write(&policy, format!("log {key}\nwitness w {}\nquorum w\n", witness.key())).expect("it can be written");
    let into = folder.path().join("data");
    for options in [&["--policy", file][..], &["--compromised", &format!("{key}@1000000")]] {
        let refused = restore(&into, options);
        assert!(!refused.status.success() && code(&refused) == "export_not_good", "{refused:?}");
        assert!(!into.exists());
    }
    fs::write(&policy, format!("log {key}\nquorum none\n")).expect("it can be written");
    let restored = restore(&into, &["--policy", file]);
    assert!(restored.status.success(), "{restored:?}");
}
