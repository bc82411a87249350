//! Each tampering that means something is found where it is, as what it is.

use gpuaas_log::entry::{Cause, ClaimRef, Entry, GuardRef, StreamRef};
use gpuaas_log::hash::Hash;
use uuid::Uuid;

use super::judge::{Good, Outcome};
use super::pieces::{
    Piece, changed, inserted, names, places, put_together, replaced, resized, rewritten, size_of, swapped, take_apart,
};
use crate::vector_files::file;

/// Entries of the whole export.
const SIZE: u64 = 39;
/// Entries of the tenant's.
const OWNED: u64 = 10;

type Expected = Option<(u64, &'static str)>;

fn at(position: u64, kind: &'static str) -> Expected {
    Some((position, kind))
}

fn decoded(piece: &Piece) -> Entry<'_> {
    Entry::decode(&piece.1).expect("it is good")
}

#[test]
fn an_entry_of_a_whole_export_that_is_missing_repeated_or_moved_is_found_there() {
    let good = Good::of("good.gpulog");
    let entries = places(&good.pieces, b'E');
    for (position, place) in (1..).zip(&entries) {
        let missing = match position {
            1 => at(1, "genesis"),
            SIZE => at(SIZE, "truncated"),
            _ => at(position, "position"),
        };
        assert_eq!(good.fault(&replaced(&good.pieces, *place, &[])), missing, "without {position}");
        let again = good.pieces[*place].clone();
        let repeated = at(position + 1, if position == 1 { "genesis" } else { "position" });
        assert_eq!(good.fault(&inserted(&good.pieces, place + 1, &[again])), repeated, "{position} twice");
        if let Some(next) = entries.get(usize::try_from(position).unwrap()) {
            let expected = if position == 1 { at(1, "genesis") } else { at(position, "position") };
            assert_eq!(good.fault(&swapped(&good.pieces, *place, *next)), expected, "{position} after the next");
        }
    }
}

/// A change of an entry.
type Rewriting<'e> = Box<dyn Fn(&mut Entry<'e>) + 'e>;

/// What can be changed in an entry, and which fault it is.
fn rewritings<'e>(entry: &Entry<'e>) -> Vec<(&'static str, Rewriting<'e>)> {
    let position = entry.position;
    let mut all: Vec<(&'static str, Rewriting<'e>)> = vec![
        ("position", Box::new(|entry| entry.position += 1)),
        ("time", Box::new(|entry| entry.recorded_at = 1)),
        ("chain", Box::new(|entry| entry.prev.0[7] ^= 1)),
        ("owner_chain", Box::new(|entry| entry.owner_sequence += 1)),
        ("owner_chain", Box::new(|entry| entry.owner_prev.0[7] ^= 1)),
        ("stream_version", Box::new(|entry| entry.version += 1)),
    ];
    if entry.event != "organization.created" {
        all.push(("event", Box::new(|entry| entry.schema += 7)));
    }
    if entry.append.index == 0 {
        let stream = StreamRef { kind: "project", id: Uuid::from_u128(77) };
        let guard = GuardRef { stream, version: 5 };
        all.push(("guard", Box::new(move |entry| entry.guards = [guard].into_iter().collect())));
        all.push(("cause", Box::new(move |entry| entry.cause = Cause::Here(position))));
        let claim = ClaimRef { scope: "nobody.has", name: Hash([7; 32]), takes: false };
        all.push(("claim", Box::new(move |entry| entry.claims = vec![claim])));
    } else {
        all.push(("append", Box::new(|entry| entry.trace[0] ^= 1)));
    }
    all
}

#[test]
fn an_entry_of_a_whole_export_that_was_rewritten_is_found_there_as_what_was_rewritten() {
    let good = Good::of("good.gpulog");
    for place in places(&good.pieces, b'E').into_iter().skip(1) {
        let piece = &good.pieces[place];
        let position = decoded(piece).position;
        for (kind, rewrite) in rewritings(&decoded(piece)) {
            let mut entry = decoded(piece);
            rewrite(&mut entry);
            let altered = replaced(&good.pieces, place, &[(piece.0, entry.encode())]);
            assert_eq!(good.fault(&altered), at(position, kind), "{kind} of {position}");
        }
        let of_another_format = changed(piece, |bytes| bytes[3] = 2);
        assert_eq!(good.fault(&replaced(&good.pieces, place, &[of_another_format])), at(position, "format"));
        let longer = changed(piece, |bytes| bytes.push(0xc0));
        assert_eq!(good.fault(&replaced(&good.pieces, place, &[longer])), at(position, "encoding"));
    }
}

#[test]
fn a_body_of_a_whole_export_that_is_missing_changed_or_of_nobody_is_found() {
    let good = Good::of("good.gpulog");
    let entries = places(&good.pieces, b'E');
    for place in places(&good.pieces, b'B') {
        let naming = entries.iter().find(|entry| names(&good.pieces[**entry], &good.pieces[place])).unwrap();
        let position = decoded(&good.pieces[*naming]).position;
        assert_eq!(good.fault(&replaced(&good.pieces, place, &[])), at(position, "blob"));
        let other = changed(&good.pieces[place], |bytes| bytes[0] ^= 1);
        assert_eq!(good.fault(&replaced(&good.pieces, place, &[other])), at(position, "blob"));
        let nobodys = (b'B', b"nobody names it".to_vec());
        assert_eq!(good.fault(&inserted(&good.pieces, place, &[nobodys])), at(SIZE, "blob"));
    }
}

#[test]
fn a_whole_export_that_was_cut_is_found_by_a_checkpoint_held_apart() {
    let good = Good::of("good.gpulog");
    let pieces = &good.pieces;
    let checkpoints = places(pieces, b'C');
    let earlier = size_of(&pieces[checkpoints[0]]);
    // As if the log had never gone on: nothing in the file is wrong, and the held checkpoint
    // is of a longer log.
    let mut cut = vec![resized(&pieces[0], SIZE, earlier)];
    let after = places(pieces, b'E')[usize::try_from(earlier).unwrap()];
    cut.extend_from_slice(&pieces[1..after]);
    cut.extend([pieces[checkpoints[0]].clone(), (b'Z', Vec::new())]);
    let cut = put_together(&cut);
    assert_eq!(good.fault_alone(&cut), None);
    assert_eq!(good.fault(&cut), at(earlier + 1, "truncated"));
    // And where only the end of the file is gone, the file itself says so.
    for (count, place) in (0..).zip(places(pieces, b'E')) {
        let begun = put_together(&pieces[..place]);
        assert_eq!(good.fault(&begun), at(count + 1, "truncated"), "cut before entry {}", count + 1);
    }
}

/// What is wrong with the file as such, in either kind of export.
fn check_the_file(good: &Good, entries: u64) {
    let pieces = &good.pieces;
    let last = pieces.len() - 1;
    let mut read = 0;
    for place in 1..pieces.len() {
        let unknown = |kind| inserted(pieces, place, &[(kind, b"of a later version".to_vec())]);
        assert_eq!(good.fault(&unknown(b'Q')), at(read + 1, "file"), "before section {place}");
        assert_eq!(good.judge(&unknown(b'q'), &place), Outcome::Same);
        read += u64::from(pieces[place].0 == b'E');
    }
    assert_eq!(good.fault(&replaced(pieces, 0, &[])), at(1, "file"));
    assert_eq!(good.fault(&inserted(pieces, 0, &[pieces[0].clone()])), at(1, "file"));
    assert_eq!(good.fault(&replaced(pieces, last, &[])), at(entries + 1, "truncated"));
    assert_eq!(good.fault(&replaced(pieces, last, &[(b'Z', vec![0])])), at(entries + 1, "file"));
    assert_eq!(good.fault(&[&good.bytes[..], b"more"].concat()), at(entries, "trailing"));
    let spaced = changed(&pieces[0], |bytes| bytes.insert(1, b' '));
    assert_eq!(good.fault(&replaced(pieces, 0, &[spaced])), at(1, "file"));
}

#[test]
fn what_is_wrong_with_a_file_as_such_is_said_before_all_else() {
    check_the_file(&Good::of("good.gpulog"), SIZE);
    check_the_file(&Good::of("owner-good.gpulog"), OWNED);
}

/// Checkpoints that were altered, in either kind of export.
fn check_the_checkpoints(good: &Good, last: u64) {
    for place in places(&good.pieces, b'C') {
        let with = |change: &dyn Fn(&str) -> String| {
            let text = change(std::str::from_utf8(&good.pieces[place].1).unwrap());
            replaced(&good.pieces, place, &[(b'C', text.into_bytes())])
        };
        let unknown = "\u{2014} witness.example AAAAAAAA\n";
        assert_eq!(good.judge(&with(&|text| format!("{text}{unknown}")), &place), Outcome::Same);
        assert_eq!(
            good.judge(&with(&|text| text.replacen("\n\n", &format!("\n\n{unknown}"), 1)), &place),
            Outcome::Same
        );
        // Without a line of the log's own keys it is signed by nobody.
        let unsigned = |text: &str| format!("{}\n\n{unknown}", text.split_once("\n\n").unwrap().0);
        assert_eq!(good.fault(&with(&unsigned)), at(last, "signature"));
        assert_eq!(good.fault(&with(&|text| text.replacen("gpuaas.", "gpuaaz.", 1))), at(last, "checkpoint"));
        assert_eq!(good.fault(&with(&|text| text.replacen('\n', "\n0", 1))), at(last, "checkpoint"));
        let another_root = |text: &str| {
            let root = text.lines().nth(2).unwrap();
            text.replacen(root, &format!("{}{}", if root.starts_with('A') { "B" } else { "A" }, &root[1..]), 1)
        };
        assert_eq!(good.fault(&with(&another_root)), at(last, "root"));
    }
}

#[test]
fn an_altered_checkpoint_is_found_as_what_was_altered() {
    check_the_checkpoints(&Good::of("good.gpulog"), SIZE);
    check_the_checkpoints(&Good::of("owner-good.gpulog"), OWNED);
}

#[test]
fn a_whole_export_of_another_size_than_it_says_is_found() {
    let good = Good::of("good.gpulog");
    let pieces = &good.pieces;
    for (size, expected) in [(38, at(39, "truncated")), (40, at(40, "truncated")), (12, at(13, "truncated"))] {
        assert_eq!(good.fault(&replaced(pieces, 0, &[resized(&pieces[0], SIZE, size)])), expected, "{size}");
    }
    let checkpoints = places(pieces, b'C');
    let last = checkpoints[checkpoints.len() - 1];
    assert_eq!(good.fault(&replaced(pieces, last, &[])), at(37, "truncated"));
    assert_eq!(good.fault(&swapped(pieces, checkpoints[0], last)), at(SIZE, "checkpoint"));
}

#[test]
fn an_entry_of_a_tenant_s_export_that_is_missing_repeated_moved_or_foreign_is_found_there() {
    let good = Good::of("owner-good.gpulog");
    let entries = places(&good.pieces, b'E');
    let whole = take_apart(&file("good.gpulog"));
    let owner = decoded(&good.pieces[entries[0]]).owner;
    let foreign: Vec<&Piece> = whole.iter().filter(|piece| piece.0 == b'E' && decoded(piece).owner != owner).collect();
    for (sequence, place) in (1..).zip(&entries) {
        // Without its last entry the chain is good, and ends before the committed head.
        let missing = if sequence == OWNED { at(OWNED - 1, "heads") } else { at(sequence, "owner_chain") };
        assert_eq!(good.fault(&replaced(&good.pieces, *place, &[])), missing, "without {sequence}");
        let again = good.pieces[*place].clone();
        assert_eq!(good.fault(&inserted(&good.pieces, place + 1, &[again])), at(sequence + 1, "owner_chain"));
        if let Some(next) = entries.get(usize::try_from(sequence).unwrap()) {
            assert_eq!(good.fault(&swapped(&good.pieces, *place, *next)), at(sequence, "owner_chain"));
        }
        for foreign in &foreign {
            let altered = inserted(&good.pieces, *place, &[(*foreign).clone()]);
            assert_eq!(good.fault(&altered), at(sequence, "owner_chain"), "a foreign one before {sequence}");
        }
    }
}

#[test]
fn an_entry_of_a_tenant_s_export_that_was_rewritten_is_found_there_or_at_the_next() {
    let good = Good::of("owner-good.gpulog");
    for (sequence, place) in (1..).zip(places(&good.pieces, b'E')) {
        let piece = &good.pieces[place];
        let with = |piece: Piece| good.fault(&replaced(&good.pieces, place, &[piece]));
        assert_eq!(with(rewritten(piece, |entry| entry.owner_sequence += 1)), at(sequence, "owner_chain"));
        assert_eq!(with(rewritten(piece, |entry| entry.owner = None)), at(sequence, "owner_chain"));
        assert_eq!(with(rewritten(piece, |entry| entry.version += 1)), at(sequence, "stream_version"));
        assert_eq!(with(rewritten(piece, |entry| entry.event = "nobody.knew")), at(sequence, "event"));
        assert_eq!(with(changed(piece, |bytes| bytes[3] = 2)), at(sequence, "format"));
        assert_eq!(with(changed(piece, |bytes| bytes.truncate(40))), at(sequence, "encoding"));
        // What an owner's chain alone does not show, the hash of what follows does.
        let next = if sequence == OWNED { at(OWNED, "heads") } else { at(sequence + 1, "owner_chain") };
        assert_eq!(with(rewritten(piece, |entry| entry.recorded_at += 1)), next);
        assert_eq!(with(rewritten(piece, |entry| entry.trace[0] ^= 1)), next);
        assert_eq!(with(rewritten(piece, |entry| entry.prev.0[7] ^= 1)), next);
    }
}

#[test]
fn what_shows_that_a_tenant_s_export_is_complete_cannot_be_altered() {
    let good = Good::of("owner-good.gpulog");
    for (kind, fault) in [(b'X', "heads"), (b'P', "root"), (b'H', "heads")] {
        let [place] = places(&good.pieces, kind)[..] else { panic!("there is one") };
        for byte in 0..good.pieces[place].1.len() {
            let altered = replaced(&good.pieces, place, &[changed(&good.pieces[place], |bytes| bytes[byte] ^= 1)]);
            let found = good.fault(&altered).expect("it is refused");
            // Some bytes of X say nothing of the heads; then it is not the entry that the log has.
            let kinds: &[&str] = if kind == b'X' { &["heads", "root"] } else { &[fault] };
            assert!(found.0 == OWNED && kinds.contains(&found.1), "byte {byte} of {}: {found:?}", char::from(kind));
        }
        assert_eq!(good.fault(&replaced(&good.pieces, place, &[])), at(OWNED + 1, "file"));
    }
}

#[test]
fn a_tenant_s_export_without_a_body_says_so() {
    let good = Good::of("owner-good.gpulog");
    let [place] = places(&good.pieces, b'B')[..] else { panic!("there is one") };
    assert_eq!(good.judge(&replaced(&good.pieces, place, &[]), &"no body"), Outcome::Same);
    let changed = changed(&good.pieces[place], |bytes| bytes[0] ^= 1);
    assert_eq!(good.fault(&replaced(&good.pieces, place, &[changed])), at(OWNED, "blob"));
}
