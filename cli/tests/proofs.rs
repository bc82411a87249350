//! `gpuaas audit check-receipt` and `gpuaas audit consistency`: offline, over the entries of
//! the format's own vectors.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer};
use gpuaas_log::cosignature::Cosigner;
use gpuaas_log::export::{Chunk, SectionKind, SectionReader};
use gpuaas_log::hash::Hash;
use gpuaas_log::receipt::{Extension, Receipt};
use gpuaas_log::tree::{Frontier, consistency_proof, inclusion_proof, leaf_hash};
use serde_json::Value;
use tempfile::TempDir;

const ORIGIN: &str = "example.org/log";

/// Entries that are there, under checkpoints of the test's own.
struct Proofs {
    folder: TempDir,
    entries: Vec<Vec<u8>>,
}

fn entries() -> Vec<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../log/vectors/good.gpulog");
    let mut reader = SectionReader::new(File::open(file).expect("it is there"));
    let mut chunk = Chunk::default();
    reader.read(&mut chunk, 1 << 24).expect("it can be read");
    let entries = chunk.sections().filter(|section| section.kind == SectionKind::Entry);
    entries.map(|section| section.body.to_vec()).collect()
}

fn signer(seed: u8) -> Signer {
    Signer::from_seed(ORIGIN, &[seed; 32]).expect("the name is good")
}

fn key(seed: u8) -> String {
    signer(seed).verifier().to_string()
}

fn leaves(entries: &[Vec<u8>]) -> Vec<Hash> {
    entries.iter().map(|entry| leaf_hash(entry)).collect()
}

fn signed(leaves: &[Hash], signer: &Signer) -> SignedCheckpoint {
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.push_hash(*leaf));
    let origin = signer.verifier().name().to_owned();
    let checkpoint = Checkpoint { origin, size: leaves.len() as u64, root: tree.root() };
    SignedCheckpoint::sign(checkpoint, &[signer])
}

impl Proofs {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a directory"), entries: entries() }
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("it can be written");
        path
    }

    /// The entry at a position, in a file.
    fn entry(&self, position: usize) -> PathBuf {
        self.write(&format!("entry-{position}"), &self.entries[position - 1])
    }

    /// The receipt of a position, signed by a key.
    fn receipt(&self, position: usize, signer: &Signer) -> Receipt {
        let leaves = leaves(&self.entries);
        let index = position as u64 - 1;
        Receipt::new(index, inclusion_proof(&leaves, index), signed(&leaves, signer))
    }

    fn check(&self, receipt: &str, entry: &Path, options: &[&str]) -> Output {
        let receipt = self.write("receipt", receipt);
        gpuaas("check-receipt").arg(receipt).arg("--entry").arg(entry).args(options).output().expect("it starts")
    }
}

fn gpuaas(command: &str) -> Command {
    let mut gpuaas = Command::new(env!("CARGO_BIN_EXE_gpuaas"));
    gpuaas.args(["audit", command]);
    gpuaas
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// Fails unless the check found this fault, for people and with its exit status.
#[track_caller]
fn faulty(output: &Output, kind: &str) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(text(output).starts_with(&format!("FAULT  {kind}\n")), "{}", text(output));
}

#[test]
fn a_good_receipt_exits_zero_and_says_what_it_shows() {
    let proofs = Proofs::new();
    let printed = proofs.receipt(7, &signer(7)).to_string();
    let good = proofs.check(&printed, &proofs.entry(7), &["--key", &key(7)]);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    assert!(text(&good).starts_with("GOOD  entry 7 is in the log that example.org/log signed\n"), "{}", text(&good));
    let json = proofs.check(&printed, &proofs.entry(7), &["--key", &key(8), "--key", &key(7), "--json"]);
    let json: Value = serde_json::from_str(&text(&json)).expect("JSON");
    let size = proofs.entries.len() as u64;
    assert_eq!(
        (json["good"].as_bool(), json["position"].as_u64(), json["size"].as_u64()),
        (Some(true), Some(7), Some(size))
    );
    assert_eq!(json["key"], serde_json::json!([key(7)]));
}

#[test]
fn a_key_that_is_given_beside_a_policy_must_have_signed() {
    let proofs = Proofs::new();
    let printed = proofs.receipt(7, &signer(7)).to_string();
    let policy = proofs.write("policy", format!("log {}\nlog {}\nquorum none\n", key(7), key(8)));
    let policy = policy.to_str().expect("UTF-8");
    let check = |keys: &[&str]| proofs.check(&printed, &proofs.entry(7), &[&["--policy", policy], keys].concat());
    assert_eq!(check(&[]).status.code(), Some(0));
    assert_eq!(check(&["--key", &key(7)]).status.code(), Some(0));
    faulty(&check(&["--key", &key(8)]), "key");
    let all = leaves(&proofs.entries);
    let old = proofs.write("old", signed(&all[..10], &signer(7)).to_string());
    let extension = Extension::new(10, consistency_proof(&all, 10), signed(&all, &signer(7)));
    let new = proofs.write("new", extension.to_string());
    let mut consistency = gpuaas("consistency");
    consistency.arg(old).arg(new).args(["--policy", policy, "--key", &key(8)]);
    faulty(&consistency.output().expect("it starts"), "key");
}

#[test]
fn what_a_receipt_does_not_show_exits_one_and_says_why() {
    let proofs = Proofs::new();
    let (good, trusted) = (proofs.receipt(7, &signer(7)), key(7));
    let key_of = |key: &str| ["--key".to_owned(), key.to_owned()];
    let check = |receipt: &Receipt, entry: &Path, key: &str| {
        let options = key_of(key);
        proofs.check(&receipt.to_string(), entry, &[&options[0], &options[1]])
    };
    faulty(&check(&good, &proofs.entry(8), &trusted), "position");
    let mut changed = proofs.entries[6].clone();
    *changed.last_mut().expect("it is not empty") ^= 1;
    let changed = proofs.write("changed", changed);
    let refused = check(&good, &changed, &trusted);
    assert!(
        ["FAULT  inclusion\n", "FAULT  entry\n"].iter().any(|fault| text(&refused).starts_with(fault)),
        "{refused:?}"
    );
    faulty(&check(&good, &proofs.write("no-entry", b"nothing"), &trusted), "entry");
    faulty(&check(&good, &proofs.entry(7), &key(8)), "key");
    let other_log = Signer::from_seed("example.com/other", &[7; 32]).expect("the name is good");
    faulty(&check(&good, &proofs.entry(7), &other_log.verifier().to_string()), "origin");
    faulty(&check(&proofs.receipt(7, &other_log), &proofs.entry(7), &trusted), "origin");
    // The receipt of another tree, under the same key: the entries in another order.
    let mut others = leaves(&proofs.entries);
    others.swap(6, 9);
    let another_tree = Receipt::new(6, inclusion_proof(&others, 6), signed(&others, &signer(7)));
    faulty(&check(&another_tree, &proofs.entry(7), &trusted), "inclusion");
    // Another root under the old signature.
    let size = proofs.entries.len();
    let forged = good.to_string().replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1));
    faulty(&proofs.check(&forged, &proofs.entry(7), &["--key", &trusted]), "signature");
    for broken in ["", "c2sp.org/tlog-proof@v1\nindex 6\n", &good.to_string()[..good.to_string().len() - 1]] {
        faulty(&proofs.check(broken, &proofs.entry(7), &["--key", &trusted]), "receipt");
    }
    let json = proofs.check(&forged, &proofs.entry(7), &["--key", &trusted, "--json"]);
    let json: Value = serde_json::from_str(&text(&json)).expect("JSON");
    assert_eq!((json["good"].as_bool(), json["kind"].as_str()), (Some(false), Some("signature")));
}

#[test]
fn a_proof_of_consistency_holds_for_its_own_checkpoints_alone() {
    let proofs = Proofs::new();
    let all = leaves(&proofs.entries);
    let old = proofs.write("old", signed(&all[..10], &signer(7)).to_string());
    let extension = Extension::new(10, consistency_proof(&all, 10), signed(&all, &signer(7)));
    let new = proofs.write("new", extension.to_string());
    let check = |old: &Path, new: &Path, key: &str| {
        gpuaas("consistency").arg(old).arg(new).args(["--key", key]).output().expect("it starts")
    };
    let good = check(&old, &new, &key(7));
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    assert!(text(&good).starts_with(&format!("GOOD  the {} entries of example.org/log begin with the 10", all.len())));
    // A receipt under the older checkpoint will do, and so will the proof that ends with it.
    let receipt = Receipt::new(3, inclusion_proof(&all[..10], 3), signed(&all[..10], &signer(7)));
    assert_eq!(check(&proofs.write("receipt", receipt.to_string()), &new, &key(7)).status.code(), Some(0));
    faulty(&check(&old, &new, &key(8)), "key");
    faulty(&check(&old, &old, &key(7)), "proof");
    let another_size = proofs.write("eleven", signed(&all[..11], &signer(7)).to_string());
    faulty(&check(&another_size, &new, &key(7)), "size");
    let mut forked = all[..10].to_vec();
    forked.swap(2, 3);
    let fork = proofs.write("fork", signed(&forked, &signer(7)).to_string());
    faulty(&check(&fork, &new, &key(7)), "consistency");
    let other_log = Signer::from_seed("example.com/other", &[7; 32]).expect("the name is good");
    let foreign = proofs.write("foreign", signed(&all[..10], &other_log).to_string());
    let keys = [key(7), other_log.verifier().to_string()];
    let mut both = gpuaas("consistency");
    both.arg(foreign).arg(&new).args(["--key", &keys[0], "--key", &keys[1]]);
    faulty(&both.output().expect("it starts"), "origin");
}

#[test]
fn what_cannot_be_checked_exits_two() {
    let proofs = Proofs::new();
    let good = proofs.write("good", proofs.receipt(7, &signer(7)).to_string());
    let (entry, absent) = (proofs.entry(7), proofs.folder.path().join("absent"));
    let trusted = key(7);
    let run = |command: &str, files: &[&Path], options: &[&str]| {
        let output = gpuaas(command).args(files).args(options).output().expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{command} {files:?} {options:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty());
    };
    let entry_name = entry.to_str().expect("UTF-8");
    run("check-receipt", &[&good], &["--entry", entry_name]);
    run("check-receipt", &[&good], &["--key", &trusted]);
    run("check-receipt", &[&absent], &["--entry", entry_name, "--key", &trusted]);
    run("check-receipt", &[&good], &["--entry", absent.to_str().expect("UTF-8"), "--key", &trusted]);
    run("check-receipt", &[&good], &["--entry", entry_name, "--key", "not a key"]);
    run("consistency", &[&entry, &good], &["--key", &trusted]);
    run("consistency", &[&good, &absent], &["--key", &trusted]);
    run("consistency", &[&good], &["--key", &trusted]);
}

#[test]
fn what_a_policy_demands_is_said_to_have_been_met() {
    let proofs = Proofs::new();
    let receipt = proofs.receipt(7, &signer(7));
    let alice = Cosigner::from_seed("witness.example/alice", &[1; 32]).expect("the name is good");
    let policy = format!("log {}\nwitness alice {}\nquorum alice\n", key(7), alice.key());
    let policy = proofs.write("policy", policy);
    let options = ["--policy", policy.to_str().expect("UTF-8")];
    faulty(&proofs.check(&receipt.to_string(), &proofs.entry(7), &options), "quorum");
    let checkpoint = receipt.checkpoint().clone();
    let cosigned = checkpoint.clone().with([alice.cosign(checkpoint.checkpoint(), 1_700_000_000)]);
    let receipt = Receipt::new(6, inclusion_proof(&leaves(&proofs.entries), 6), cosigned).to_string();
    let good = proofs.check(&receipt, &proofs.entry(7), &options);
    let said = text(&good);
    assert_eq!(good.status.code(), Some(0), "{good:?}");
    assert!(said.contains("log signed, cosigned as the policy demands, by alice\n"), "{said}");
    assert!(said.contains(&format!("\nkey         {}\ncosigned    alice\n", key(7))), "{said}");
    let json = proofs.check(&receipt, &proofs.entry(7), &[&options[..], &["--json"]].concat());
    let json: Value = serde_json::from_str(&text(&json)).expect("JSON");
    assert_eq!((&json["key"], &json["cosigned"]), (&serde_json::json!([key(7)]), &serde_json::json!(["alice"])));
}

#[test]
fn a_compromised_key_counts_up_to_its_cut_off_and_not_alone() {
    let proofs = Proofs::new();
    let size = proofs.entries.len() as u64;
    let alice = Cosigner::from_seed("witness.example/alice", &[1; 32]).expect("the name is good");
    let receipt = proofs.receipt(7, &signer(7));
    let checkpoint = receipt.checkpoint().checkpoint().clone();
    let cosigned = receipt.checkpoint().clone().with([alice.cosign(&checkpoint, 1_700_000_000)]);
    let both = SignedCheckpoint::sign(checkpoint, &[&signer(7), &signer(8)]);
    let under = |signed: &SignedCheckpoint| {
        let all = leaves(&proofs.entries);
        Receipt::new(6, inclusion_proof(&all, 6), signed.clone()).to_string()
    };
    let policy = format!("log {}\nwitness alice {}\nquorum alice\n", key(7), alice.key());
    let policy = proofs.write("policy", policy);
    let no_quorum = proofs.write("no-quorum", format!("log {}\nquorum none\n", key(7)));
    let (policy, no_quorum) = (policy.to_str().expect("UTF-8"), no_quorum.to_str().expect("UTF-8"));
    let check = |receipt: &str, trusted: &[&str], cut_off: u64| {
        let compromised = format!("{}@{cut_off}", key(7));
        proofs.check(receipt, &proofs.entry(7), &[trusted, &["--compromised", &compromised]].concat())
    };
    let good = |output: &Output| assert_eq!(output.status.code(), Some(0), "{output:?}");
    // Alone it shows nothing, whatever the size.
    for cut_off in [size, size - 1] {
        faulty(&check(&receipt.to_string(), &["--key", &key(7)], cut_off), "key");
        faulty(&check(&receipt.to_string(), &["--policy", no_quorum], cut_off), "key");
    }
    // What witnesses saw up to the cut-off holds, and nothing beyond it.
    good(&check(&under(&cosigned), &["--policy", policy], size));
    faulty(&check(&under(&cosigned), &["--policy", policy], size - 1), "key");
    // So does what a key signed that nobody else holds.
    good(&check(&under(&both), &["--key", &key(7), "--key", &key(8)], size - 1));
    faulty(&check(&under(&both), &["--key", &key(7)], size - 1), "key");
    // A proof between two checkpoints asks the same of both.
    let all = leaves(&proofs.entries);
    let old = proofs.write("old", signed(&all[..10], &signer(7)).to_string());
    let extension = Extension::new(10, consistency_proof(&all, 10), both);
    let new = proofs.write("new", extension.to_string());
    let mut consistency = gpuaas("consistency");
    consistency.arg(&old).arg(&new).args(["--key", &key(7), "--key", &key(8)]);
    good(&consistency.output().expect("it starts"));
    consistency.args(["--compromised", &format!("{}@{size}", key(7))]);
    faulty(&consistency.output().expect("it starts"), "key");
}

#[test]
fn an_export_is_taken_for_the_checkpoint_that_it_ends_with() {
    let proofs = Proofs::new();
    let all = leaves(&proofs.entries);
    let new = Extension::new(10, consistency_proof(&all, 10), signed(&all, &signer(7)));
    let new = proofs.write("new", new.to_string());
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../log/vectors");
    for export in ["good.gpulog", "owner-good.gpulog"] {
        let mut check = gpuaas("consistency");
        check.arg(vectors.join(export)).arg(&new).args(["--key", &key(7)]);
        // It was read: its checkpoint is of another log than the key's.
        faulty(&check.output().expect("it starts"), "origin");
        let mut verify = gpuaas("verify");
        verify.arg(vectors.join("good.gpulog")).arg("--checkpoint").arg(vectors.join(export));
        let said = text(&verify.output().expect("it starts"));
        assert!(said.contains("the given checkpoint saw at size 39"), "{export}: {said}");
    }
}
