//! Whatever is changed in an export, the outsider's verifier and ours name the same fault.

use std::io::Cursor;
use std::path::Path;

use gpuaas_log::verify::{Options, VerifyError, verify};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::python;

/// How many changed files are compared.
const FILES: usize = 1_000;

/// Changes a file somewhere: a byte, a cut, a piece out, a piece twice.
fn tamper(good: &[u8], chance: &mut StdRng) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let at = chance.random_range(0..bytes.len());
    let until = (at + chance.random_range(1..200usize)).min(bytes.len());
    match chance.random_range(0..8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..until)),
        2 => {
            let piece = bytes[at..until].to_vec();
            bytes.splice(at..at, piece);
        }
        3 => bytes[at] = chance.random(),
        _ => bytes[at] ^= 1 << chance.random_range(0..8),
    }
    bytes
}

fn ours(bytes: &[u8]) -> Option<(String, u64)> {
    match verify(&mut Cursor::new(bytes), &Options::default(), &mut |_| {}) {
        Ok(_) => None,
        Err(VerifyError::Fault(fault)) => Some((fault.kind.to_string(), fault.position)),
        Err(error) => panic!("{error}"),
    }
}

fn check(file: &str, seed: u64) {
    let good = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../log/vectors").join(file)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut chance = StdRng::seed_from_u64(seed);
    let tampered: Vec<Vec<u8>> = (0..FILES).map(|_| tamper(&good, &mut chance)).collect();
    let files: Vec<_> = (0..FILES).map(|number| folder.path().join(number.to_string())).collect();
    for (file, bytes) in files.iter().zip(&tampered) {
        std::fs::write(file, bytes).unwrap();
    }
    for (number, (answer, bytes)) in python::verify_without_key(&files).iter().zip(&tampered).enumerate() {
        let theirs = answer["fault"].as_str().map(|kind| (kind.to_owned(), answer["position"].as_u64().unwrap()));
        assert_eq!(ours(bytes), theirs, "file {number} of seed {seed}: {answer}");
    }
}

#[test]
fn a_changed_whole_export_has_the_same_fault_for_both() {
    check("good.gpulog", 1);
}

#[test]
fn a_changed_owners_export_has_the_same_fault_for_both() {
    check("owner-good.gpulog", 2);
}
