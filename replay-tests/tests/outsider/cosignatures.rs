//! Cosignatures of our witness are checked by programs that share nothing with ours.

use std::path::Path;

use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use gpuaas_log::cosignature::Cosigner;
use gpuaas_log::hash::Hash;
use gpuaas_log::tree::{consistency_proof, leaf_hash};
use gpuaas_log::witness::{AddCheckpoint, Witness};
use serde_json::{Value, json};

use super::python;

const ORIGIN: &str = "example.org/log";
const NOW: u64 = 1_765_000_000;

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut tree = gpuaas_log::tree::Frontier::new();
    leaves.iter().for_each(|leaf| tree.push_hash(*leaf));
    tree.root()
}

/// A checkpoint that two real witnesses cosigned, after another; and their keys.
fn cosigned(folder: &Path) -> (SignedCheckpoint, Vec<String>) {
    let leaves: Vec<Hash> = (0..9u8).map(|n| leaf_hash(&[n])).collect();
    let signed = |size: usize| {
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size: size as u64, root: root(&leaves[..size]) };
        SignedCheckpoint::sign(checkpoint, &[&signer()])
    };
    let mut last = signed(9);
    let mut keys = Vec::new();
    for (name, time) in [("witness.example/one", NOW), ("witness.example/two", NOW + 60)] {
        let witness = Witness::open(&folder.join(name), Some(name), vec![signer().verifier().clone()]).unwrap();
        let add = |old: u64, size: usize| {
            let proof = consistency_proof(&leaves[..size], old);
            let body = AddCheckpoint { old, proof, signed: signed(size) }.to_body();
            witness.add_checkpoint(body.as_bytes(), time).unwrap()
        };
        add(0, 5);
        last = last.with([add(5, 9)]);
        keys.push(witness.key().to_string());
    }
    (last, keys)
}

/// What the outsider's program says of a checkpoint, of which so many witnesses are demanded,
/// or all.
fn asked(folder: &Path, note: &str, witnesses: &[String], at_least: Option<usize>) -> (bool, Value) {
    let file = folder.join("checkpoint");
    std::fs::write(&file, note).unwrap();
    let mut arguments = vec![file.display().to_string(), "--key".into(), signer().verifier().to_string()];
    arguments.extend(witnesses.iter().flat_map(|key| ["--witness".to_owned(), key.clone()]));
    arguments.extend(at_least.iter().flat_map(|wanted| ["--at-least".to_owned(), wanted.to_string()]));
    let output = python::run("cosigned.py", arguments);
    let said = String::from_utf8(output.stdout).unwrap();
    let answer = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output.status.success(), answer)
}

#[test]
fn the_outsider_agrees_who_cosigned_and_when() {
    let folder = tempfile::tempdir().unwrap();
    let (signed, mut keys) = cosigned(folder.path());
    keys.push(Cosigner::from_seed("witness.example/three", &[3; 32]).unwrap().key().to_string());
    let (good, answer) = asked(folder.path(), &signed.to_string(), &keys, Some(2));
    assert!(good, "{answer}");
    for wanted in [None, Some(3)] {
        assert!(!asked(folder.path(), &signed.to_string(), &keys, wanted).0, "the third has not cosigned: {wanted:?}");
    }
    assert!(asked(folder.path(), &signed.to_string(), &keys[..2], None).0);
    assert_eq!(answer["signed"], json!([signer().verifier().to_string()]));
    assert_eq!(answer["cosigned"], json!({"witness.example/one": NOW, "witness.example/two": NOW + 60}));
    assert_eq!(answer["root"], hex::encode(signed.checkpoint().root.0));
}

#[test]
fn the_outsider_finds_a_cosignature_that_was_moved_to_another_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (signed, keys) = cosigned(folder.path());
    let other = Checkpoint { size: 8, ..signed.checkpoint().clone() };
    let lines = signed.lines()[1..].to_vec();
    let moved = SignedCheckpoint::sign(other, &[&signer()]).with(lines);
    let (good, answer) = asked(folder.path(), &moved.to_string(), &keys, None);
    assert!(!good && answer["fault"].is_string(), "{answer}");
    let (good, answer) = asked(folder.path(), &moved.to_string(), &[], None);
    assert!(good && answer["cosigned"] == json!({}), "lines of unknown keys are ignored: {answer}");
}
