//! A file that was altered anywhere is refused, or it still holds the same log.

mod judge;
mod pieces;
mod random;
mod structured;

use std::io::Cursor;
use std::num::NonZeroUsize;

use gpuaas_log::export::SectionKind;
use gpuaas_log::verify::{Options, Report, VerifyError, verify};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::exports::sections;
use crate::vector_files::file;

/// Identity of a log is its entries and root, not the bytes of a file.
fn is_refused_or_the_same_log(good: &[u8], altered: &[u8]) -> Result<(), TestCaseError> {
    let Ok(report) = verified(altered) else { return Ok(()) };
    let expected = verified(good).expect("it is good");
    prop_assert_eq!((report.root, report.size, report.entries), (expected.root, expected.size, expected.entries));
    prop_assert_eq!(entries(altered), entries(good));
    Ok(())
}

fn verified(file: &[u8]) -> Result<Report, VerifyError> {
    let options = Options { workers: NonZeroUsize::MIN, ..Options::default() };
    verify(&mut Cursor::new(file), &options, &mut |_| {})
}

fn entries(file: &[u8]) -> Vec<Vec<u8>> {
    sections(file).into_iter().filter(|(kind, _)| *kind == SectionKind::Entry).map(|(_, body)| body).collect()
}

/// What can be done to a file.
#[derive(Debug, Clone)]
enum Edit {
    Set(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Swap(prop::sample::Index, prop::sample::Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (index(), any::<u8>()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        (index(), 1..400usize).prop_map(|(at, length)| Edit::Remove(at, length)),
        (index(), 1..400usize).prop_map(|(at, length)| Edit::Repeat(at, length)),
        (index(), index()).prop_map(|(one, other)| Edit::Swap(one, other)),
    ]
}

fn apply(file: &mut Vec<u8>, edit: &Edit) {
    match edit {
        Edit::Set(at, byte) => {
            let at = at.index(file.len());
            file[at] = *byte;
        }
        Edit::Insert(at, byte) => file.insert(at.index(file.len()), *byte),
        Edit::Remove(at, length) => {
            let at = at.index(file.len());
            file.drain(at..file.len().min(at + length));
        }
        Edit::Repeat(at, length) => {
            let at = at.index(file.len());
            let piece = file[at..file.len().min(at + length)].to_vec();
            file.splice(at..at, piece);
        }
        Edit::Swap(one, other) => {
            let (one, other) = (one.index(file.len()), other.index(file.len()));
            file.swap(one, other);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn an_altered_whole_export_is_refused_or_the_same_log(edits in vec(edit(), 1..4)) {
        let good = file("good.gpulog");
        let mut altered = good.clone();
        edits.iter().for_each(|edit| apply(&mut altered, edit));
        is_refused_or_the_same_log(&good, &altered)?;
    }

    #[test]
    fn an_altered_owners_export_is_refused_or_the_same_log(edits in vec(edit(), 1..4)) {
        let good = file("owner-good.gpulog");
        let mut altered = good.clone();
        edits.iter().for_each(|edit| apply(&mut altered, edit));
        is_refused_or_the_same_log(&good, &altered)?;
    }

    #[test]
    fn sections_in_another_order_are_refused_or_the_same_log(
        moves in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..3),
    ) {
        let good = file("good.gpulog");
        let mut parts = sections(&good);
        for (from, to) in moves {
            let part = parts.remove(from.index(parts.len()));
            parts.insert(to.index(parts.len() + 1), part);
        }
        let mut altered = gpuaas_log::export::FIRST_LINE.to_vec();
        for (kind, body) in &parts {
            altered.push(kind.byte());
            altered.extend_from_slice(&(body.len() as u32).to_be_bytes());
            altered.extend_from_slice(body);
        }
        is_refused_or_the_same_log(&good, &altered)?;
    }
}

#[test]
fn every_single_byte_changed_is_found() {
    let good = file("good.gpulog");
    for at in 0..good.len() {
        let mut altered = good.clone();
        altered[at] ^= 1;
        assert!(verified(&altered).is_err(), "byte {at}");
    }
}
