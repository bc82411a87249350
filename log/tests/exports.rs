//! The verifier's answers on every export of the vectors, and our writer's bytes.

use std::io::Cursor;
use std::num::NonZeroUsize;

use gpuaas_log::checkpoint::{Checkpoint, SignedCheckpoint, Signer, VerifierKey};
use gpuaas_log::entry::Entry;
use gpuaas_log::export::{Chunk, OwnerWriter, SectionKind, SectionReader, WholeWriter};
use gpuaas_log::fault::{Fault, FaultKind};
use gpuaas_log::hash::Hash;
use gpuaas_log::tree::{HeadsTree, inclusion_proof, leaf_hash};
use gpuaas_log::verify::{Disagreement, NOT_SHOWN, Options, Report, Signatures, VerifyError, Whose, verify};
use uuid::Uuid;

use crate::vector_files::{VECTORS, file, hash, list, number, text};
use crate::vectors::signers;

/// Verifies a file at once, and with more threads than it has chunks of a few entries: all
/// must agree.
pub(crate) fn check(file: &[u8], options: &Options) -> Result<Report, VerifyError> {
    let number = |number| NonZeroUsize::new(number).expect("not zero");
    let with = |workers, chunk| {
        let options = Options { workers: number(workers), chunk: number(chunk), ..options.clone() };
        verify(&mut Cursor::new(file), &options, &mut |_| {})
    };
    let alone = with(1, 1 << 20);
    for (workers, chunk) in [(1, 500), (2, 500), (8, 500), (64, 1_500)] {
        let shared = with(workers, chunk);
        assert_eq!(format!("{alone:?}"), format!("{shared:?}"), "{workers} threads, chunks of {chunk} bytes");
    }
    alone
}

fn fault(outcome: Result<Report, VerifyError>) -> (u64, &'static str) {
    match outcome.as_ref().map_err(VerifyError::fault) {
        Err(Some(Fault { position, kind })) => (position, kind.as_str()),
        Err(None) | Ok(_) => panic!("no fault: {outcome:?}"),
    }
}

fn key(n: usize) -> VerifierKey {
    text(&VECTORS["keys"][n]).parse().expect("the vectors are good")
}

fn held(n: usize) -> SignedCheckpoint {
    text(&VECTORS["checkpoints"][n]).parse().expect("the vectors are good")
}

fn with_key(n: usize) -> Options {
    Options { keys: vec![key(n)], ..Options::default() }
}

fn with_checkpoint(held: SignedCheckpoint) -> Options {
    Options { checkpoint: Some(held), ..Options::default() }
}

#[test]
fn every_bad_export_gives_the_listed_fault() {
    let bad = VECTORS["bad"].as_object().expect("an object");
    let wrong: Vec<String> = bad
        .iter()
        .filter_map(|(name, listed)| {
            let outcome = check(&file(&format!("bad/{name}.gpulog")), &Options::default());
            let listed = (number(&listed["position"]), text(&listed["kind"]));
            let found = match outcome {
                Err(VerifyError::Fault(fault)) => (fault.position, fault.kind.as_str()),
                other => return Some(format!("{name}: {other:?}, not {listed:?}")),
            };
            (found != listed).then(|| format!("{name}: {found:?}, not {listed:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(bad.len(), 55);
}

#[test]
fn the_good_whole_export_verifies() {
    let report = check(&file("good.gpulog"), &Options::default()).expect("it is good");
    let good = &VECTORS["good"]["good"];
    assert_eq!((report.entries, report.root), (number(&good[1]), hash(&good[2])));
    assert_eq!((report.size, report.signatures), (39, Signatures::Checked));
    assert_eq!(report.whose, Whose::Whole { erased: vec![32] });
    assert_eq!(report.keys, [key(1)]);
    assert_eq!(report.sentence(), NOT_SHOWN);
}

#[test]
fn the_good_owners_export_verifies() {
    let report = check(&file("owner-good.gpulog"), &Options::default()).expect("it is good");
    let good = &VECTORS["good"]["owner-good"];
    assert_eq!((report.entries, report.root), (number(&good[1]), hash(&good[2])));
    let owner = Uuid::parse_str("462952724316d56db5097aef76ce1ef3").expect("an id");
    assert_eq!(report.whose, Whose::Owner { owner, absent: vec![9] });
    assert_eq!((report.signatures, report.keys.len()), (Signatures::Unchecked, 0));
    assert_eq!((report.shown.by_key, report.shown.by_checkpoint), (false, None));
}

#[test]
fn a_key_from_outside_must_have_signed_the_last_checkpoint() {
    for name in ["good.gpulog", "owner-good.gpulog"] {
        let report = check(&file(name), &with_key(1)).expect("it is good");
        assert!(report.shown.by_key && report.signatures == Signatures::Checked);
        assert_eq!(report.keys, [key(1)]);
        let stranger = Signer::from_seed("gpuaas.example/log/vectors", &[5; 32]).expect("the origin is good");
        let options = Options { keys: vec![stranger.verifier().clone()], ..Options::default() };
        assert_eq!(fault(check(&file(name), &options)).1, "signature");
    }
    // The first key was replaced before the last checkpoint: it is merely old, and that is said.
    let old = check(&file("good.gpulog"), &with_key(0));
    let Err(VerifyError::Outside { why, .. }) = &old else { panic!("{old:?}") };
    let Disagreement::Keys { signers, since: Some(since) } = why else { panic!("{why:?}") };
    assert_eq!(signers, &[key(1)]);
    assert!(why.to_string().ends_with(&format!("since entry {since}: take the one that is in force")), "{why}");
    assert_eq!(fault(old), (39, "signature"));
}

#[test]
fn an_export_that_is_older_than_a_held_checkpoint_is_told_so() {
    let [_, second] = signers();
    let origin = "gpuaas.example/log/vectors".to_owned();
    let later = SignedCheckpoint::sign(Checkpoint { origin, size: 44, root: Hash::ZERO }, &[&second]);
    let outcome = check(&file("good.gpulog"), &with_checkpoint(later));
    let Err(VerifyError::Outside { why, .. }) = &outcome else { panic!("{outcome:?}") };
    assert_eq!(*why, Disagreement::Shorter { held: 44, entries: 39 });
    assert_eq!(fault(outcome), (40, "truncated"));
}

#[test]
fn a_checkpoint_held_from_elsewhere_must_be_the_logs_own() {
    let good = file("good.gpulog");
    for n in [0, 1] {
        let report = check(&good, &with_checkpoint(held(n))).expect("it is good");
        assert_eq!(report.shown.by_checkpoint, Some(held(n).checkpoint().size));
    }
    let [_, second] = signers();
    let signed = |size, root, origin: &str| {
        SignedCheckpoint::sign(Checkpoint { origin: origin.to_owned(), size, root }, &[&second])
    };
    let origin = "gpuaas.example/log/vectors";
    let root = hash(&VECTORS["roots"]["36"]);
    for (held, expected) in [
        (signed(36, Hash::ZERO, origin), (39, "root")),
        (signed(40, root, origin), (40, "truncated")),
        (signed(36, root, "gpuaas.example/another"), (39, "checkpoint")),
        (signed(38, hash(&VECTORS["roots"]["38"]), origin), (39, "checkpoint")),
        (signed(38, root, origin), (39, "root")),
        // Signed by a key that was not yet in force.
        (signed(1, hash(&VECTORS["roots"]["1"]), origin), (39, "signature")),
    ] {
        assert_eq!(fault(check(&good, &with_checkpoint(held))), expected);
    }
}

#[test]
fn an_owners_export_compares_with_a_checkpoint_of_its_own_size_alone() {
    let good = file("owner-good.gpulog");
    let report = check(&good, &with_checkpoint(held(1))).expect("it is good");
    assert_eq!(report.shown.by_checkpoint, Some(39));
    let other = check(&good, &with_checkpoint(held(0)));
    assert!(matches!(other, Err(VerifyError::NotComparable { export: 39, held: 36 })), "{other:?}");
}

#[test]
fn progress_ends_with_the_whole_file() {
    let good = file("good.gpulog");
    let mut last = None;
    verify(&mut Cursor::new(&good), &Options::default(), &mut |progress| last = Some(progress)).expect("it is good");
    let last = last.expect("progress was told");
    assert_eq!((last.done, last.total), (good.len() as u64, good.len() as u64));
}

#[test]
fn our_writer_makes_the_good_whole_export_byte_for_byte() {
    let listed = file("good.gpulog");
    let log_id = Uuid::parse_str("836ff184e7b41b1e13cb5fd89fa1de98").expect("an id");
    let mut writer = WholeWriter::new(Vec::new(), log_id, "gpuaas.example/log/vectors", 39).expect("memory");
    for (kind, body) in sections(&listed) {
        match kind {
            SectionKind::Blob => writer.blob(&body).expect("memory"),
            SectionKind::Entry => writer.entry(&body).expect("memory"),
            _ => {}
        }
    }
    let checkpoints = [held(0), held(1)];
    assert_eq!(hex::encode(writer.finish(&checkpoints).expect("memory")), hex::encode(listed));
}

#[test]
fn our_writer_makes_the_good_owners_export_from_the_whole_one() {
    let log_id = Uuid::parse_str("836ff184e7b41b1e13cb5fd89fa1de98").expect("an id");
    let owner = Uuid::parse_str("462952724316d56db5097aef76ce1ef3").expect("an id");
    let mut writer = OwnerWriter::new(Vec::new(), log_id, "gpuaas.example/log/vectors", owner, 39).expect("memory");
    let (mut heads, mut leaves, mut last) = (HeadsTree::new(), Vec::new(), Vec::new());
    let mut pending = Vec::new();
    for (kind, body) in sections(&file("good.gpulog")) {
        match kind {
            SectionKind::Blob => pending = body,
            SectionKind::Entry => {
                let entry = Entry::decode(&body).expect("it is good");
                if entry.owner == Some(owner) {
                    if entry.event == "allocation.noted" && !pending.is_empty() {
                        writer.body(&std::mem::take(&mut pending)).expect("memory");
                    }
                    writer.entry(&body).expect("memory");
                }
                pending.clear();
                if entry.position < 39 {
                    heads.update(entry.owner, entry.owner_sequence, Hash::of_entry(&body));
                }
                leaves.push(leaf_hash(&body));
                last = body;
            }
            _ => {}
        }
    }
    let proof = heads.proof(Some(owner)).expect("it has entries");
    let made = writer.finish(&held(1), &last, &inclusion_proof(&leaves, 38), &proof).expect("memory");
    assert_eq!(hex::encode(made), hex::encode(file("owner-good.gpulog")));
}

#[test]
fn what_no_vector_breaks_is_a_fault_too() {
    let good = file("good.gpulog");
    let parts = sections(&good);
    let blob = parts.iter().position(|(kind, _)| *kind == SectionKind::Blob).expect("there is one");
    let first_entry = parts.iter().position(|(kind, _)| *kind == SectionKind::Entry).expect("there is one");
    let checkpoint = parts.iter().position(|(kind, _)| *kind == SectionKind::Checkpoint).expect("there is one");
    let lowercase = |at: usize| file_of(&parts[..at], &parts[at..], Some(b'x'));
    let twice = |at: usize| file_of(&parts[..=at], &parts[at..], None);
    let without = |at: usize| file_of(&parts[..at], &parts[at + 1..], None);
    let kind = FaultKind::as_str;
    assert_eq!(fault(check(&twice(blob), &Options::default())), (39, kind(FaultKind::Blob)), "the same blob twice");
    assert_eq!(fault(check(&twice(0), &Options::default())), (1, kind(FaultKind::File)), "two headers");
    assert_eq!(fault(check(&without(0), &Options::default())), (1, kind(FaultKind::File)), "no header");
    assert_eq!(fault(check(&lowercase(0), &Options::default())), (1, kind(FaultKind::File)), "before the header");
    assert_eq!(fault(check(&without(first_entry), &Options::default())), (1, kind(FaultKind::Genesis)), "no genesis");
    assert_eq!(fault(check(&twice(checkpoint), &Options::default())), (39, kind(FaultKind::Checkpoint)), "not larger");
    assert_eq!(fault(check(&[], &Options::default())), (1, kind(FaultKind::File)), "an empty file");
    assert!(check(&lowercase(5), &Options::default()).is_ok(), "lowercase sections are skipped");
}

#[test]
fn a_fault_of_the_file_comes_before_one_of_an_entry() {
    let changed = file("bad/payload-changed.gpulog");
    assert_eq!(fault(check(&changed[..changed.len() - 1], &Options::default())), (40, "truncated"));
    let parts = sections(&changed);
    let checkpoint_first = file_of(&[parts[0].clone(), parts[parts.len() - 2].clone()], &parts[1..], None);
    assert_eq!(fault(check(&checkpoint_first, &Options::default())), (1, "file"));
}

/// The sections of a file, header and end among them.
pub(crate) fn sections(file: &[u8]) -> Vec<(SectionKind, Vec<u8>)> {
    let (mut reader, mut chunk, mut all) = (SectionReader::new(file), Chunk::default(), Vec::new());
    // Chunks far smaller than the file, so that sections straddle them.
    while reader.ending().is_none() {
        reader.read(&mut chunk, 700).expect("memory");
        all.extend(chunk.sections().map(|section| (section.kind, section.body.to_vec())));
    }
    all
}

/// A file of these sections, with one of an unknown type between the two parts.
fn file_of(before: &[(SectionKind, Vec<u8>)], after: &[(SectionKind, Vec<u8>)], between: Option<u8>) -> Vec<u8> {
    let mut file = gpuaas_log::export::FIRST_LINE.to_vec();
    let mut write = |byte: u8, body: &[u8]| {
        file.push(byte);
        file.extend_from_slice(&(body.len() as u32).to_be_bytes());
        file.extend_from_slice(body);
    };
    before.iter().for_each(|(kind, body)| write(kind.byte(), body));
    between.iter().for_each(|byte| write(*byte, b"of a later version"));
    after.iter().for_each(|(kind, body)| write(kind.byte(), body));
    file
}

#[test]
fn the_list_of_good_exports_is_the_one_that_is_tested() {
    let good = VECTORS["good"].as_object().expect("an object");
    assert_eq!(good.keys().collect::<Vec<_>>(), ["good", "owner-good"]);
    assert_eq!(list(&VECTORS["entries"]).len(), 39);
}
