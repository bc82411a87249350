//! A file of evidence reads what it prints, and nothing that was changed.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::checkpoint::{Checkpoint, Signer};
use crate::entry::{ActorRef, AppendRef, Cause, CommandRef, Entry, Few, PayloadRef, StreamRef};
use crate::hash::Hash;
use crate::tree::{Frontier, inclusion_proof, leaf_hash};

const ORIGIN: &str = "example.org/log";
const BUNDLE: &str = "evb_01h2e8kqvbfwea724h75qc655w";

/// The bytes of an entry that is well formed.
fn entry(position: u64) -> Vec<u8> {
    let entry = Entry {
        position,
        recorded_at: position,
        owner: None,
        owner_sequence: position,
        owner_prev: Hash([1; 32]),
        stream: StreamRef { kind: "thing", id: Uuid::from_u128(1) },
        version: position,
        event: "thing.changed",
        schema: 1,
        append: AppendRef { command_id: Uuid::from_u128(position.into()), index: 0, count: 1 },
        command: CommandRef { name: "thing.change", idempotency: None, request: None },
        actor: ActorRef { kind: "system", id: None, token: None, on_behalf_of: None },
        decision: None,
        trace: [1; 16],
        cause: Cause::None,
        guards: Few::new(),
        claims: Vec::new(),
        payload: PayloadRef::Inline(&[0x80]),
        prev: Hash([2; 32]),
    };
    entry.encode()
}

/// Receipts of entries under a checkpoint of so many.
fn proved(positions: &[u64], size: u64) -> Vec<Proved> {
    let leaves: Vec<Hash> = (1..=size).map(|position| leaf_hash(&entry(position))).collect();
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.push_hash(*leaf));
    let signer = Signer::from_seed(ORIGIN, &[7; 32]).expect("the name is good");
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: tree.root() };
    let signed = SignedCheckpoint::sign(checkpoint, &[&signer]);
    let of = |position: &u64| {
        let index = position - 1;
        let receipt = Receipt::new(index, inclusion_proof(&leaves, index), signed.clone());
        Proved { entry: entry(*position), receipt }
    };
    positions.iter().map(of).collect()
}

fn file() -> EvidenceFile {
    EvidenceFile::new(BUNDLE.to_owned(), proved(&[2, 5, 6], 9)).expect("it is good")
}

/// What is found in a file of which something was changed.
fn found(change: impl FnOnce(&mut Value)) -> EvidenceFault {
    let mut json: Value = serde_json::from_str(&file().to_string()).expect("JSON");
    change(&mut json);
    let bytes = serde_jcs::to_vec(&json).expect("JSON");
    EvidenceFile::parse(&bytes).and_then(|file| file.check()).expect_err("it was changed")
}

/// Position and name of what is found.
fn named(change: impl FnOnce(&mut Value)) -> (&'static str, Option<u64>) {
    let fault = found(change);
    (fault.kind(), fault.position())
}

#[test]
fn a_file_reads_what_it_prints_which_is_canonical() {
    let printed = file().to_string();
    let read = EvidenceFile::parse(printed.as_bytes()).expect("it is good");
    assert_eq!((&read, read.check()), (&file(), Ok(())));
    assert_eq!((read.bundle(), read.entries().len(), read.checkpoint().checkpoint().size), (BUNDLE, 3, 9));
    let json: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(serde_jcs::to_string(&json).expect("JSON"), printed);
    let quoted = EvidenceFile::new("a \"b\" \u{7}".to_owned(), proved(&[1], 1)).expect("it is good");
    assert_eq!(EvidenceFile::parse(quoted.to_string().as_bytes()), Ok(quoted));
}

#[test]
fn a_changed_byte_of_an_entry_is_found_at_its_position() {
    for (at, kind) in [(0, "entry"), (entry(5).len() - 2, "inclusion")] {
        let mut changed = entry(5);
        changed[at] ^= 1;
        assert_eq!(named(|json| json["entries"][1]["entry"] = json!(to_base64(&changed))), (kind, Some(5)));
    }
    assert_eq!(named(|json| json["entries"][1]["entry"] = json["entries"][0]["entry"].clone()), ("position", Some(5)));
}

#[test]
fn every_receipt_is_under_the_checkpoint_of_the_first() {
    let other = proved(&[5], 8)[0].receipt.to_string();
    assert_eq!(named(|json| json["entries"][1]["receipt"] = json!(other)), ("checkpoint", Some(5)));
    // The same tree, with one signature more.
    let cosigned = format!("{}— example.com/other {}\n", file().entries()[1].receipt, to_base64(&[5; 77]));
    assert_eq!(named(|json| json["entries"][1]["receipt"] = json!(cosigned)), ("checkpoint", Some(5)));
}

#[test]
fn entries_are_in_order_and_each_once() {
    let fault = found(|json| json["entries"].as_array_mut().expect("a list").swap(1, 2));
    assert_eq!(fault, EvidenceFault::Order { before: 6, position: 5 });
    let twice = |json: &mut Value| {
        let again = json["entries"][2].clone();
        json["entries"].as_array_mut().expect("a list").push(again);
    };
    assert_eq!(found(twice), EvidenceFault::Order { before: 6, position: 6 });
}

#[test]
fn a_receipt_is_nothing_but_a_receipt() {
    let receipt = file().entries()[1].receipt.to_string();
    for broken in [receipt.replace("index 4", "index four"), receipt.replace("\nindex", "\nextra YWdl\nindex")] {
        let fault = found(|json| json["entries"][1]["receipt"] = json!(broken));
        assert!(matches!(fault, EvidenceFault::Receipt { place: 2, .. }), "{fault}");
    }
}

#[test]
fn what_is_not_exactly_such_a_file_is_none() {
    let good = file().to_string();
    let bundle = format!("\"bundle\":\"{BUNDLE}\"");
    let mut broken = vec![
        String::new(),
        "null".to_owned(),
        format!("{good}\n"),
        format!(" {good}"),
        good.replace("evidence/1", "evidence/2"),
        good.replace(&bundle, &format!("{bundle},{bundle}")),
        good.replace(&bundle, &format!("{bundle},\"more\":1")),
        good.replace("{\"entry\"", "{\"entry\":\"\",\"entry\""),
        good.replace("\"entry\":\"", "\"entry\":\"!"),
        good.replace("evb_", "\\u0065vb_"),
        format!("{}{}", opening(BUNDLE), closing()),
    ];
    let half = good.len() / 2;
    broken.extend([good[..half].to_owned(), good[..good.len() - 1].to_owned()]);
    for text in broken {
        assert_ne!(text, good);
        let fault = EvidenceFile::parse(text.as_bytes()).expect_err("it is none");
        assert!(matches!(fault, EvidenceFault::File(_)), "{fault}: {text}");
    }
}
