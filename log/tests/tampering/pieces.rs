//! An export taken apart into its sections, and put together again.

use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::entry::{Entry, PayloadRef};
use gpuaas_log::export::FIRST_LINE;
use gpuaas_log::hash::Hash;

/// A section: its type and its body.
pub(super) type Piece = (u8, Vec<u8>);

/// The sections of a good file.
pub(super) fn take_apart(file: &[u8]) -> Vec<Piece> {
    let mut rest = file.strip_prefix(FIRST_LINE).expect("it is good");
    let mut pieces = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        pieces.push((head[0], after[..length].to_vec()));
        rest = &after[length..];
    }
    pieces
}

/// A file of these sections.
pub(super) fn put_together(pieces: &[Piece]) -> Vec<u8> {
    let mut file = FIRST_LINE.to_vec();
    for (kind, body) in pieces {
        file.push(*kind);
        file.extend_from_slice(&(body.len() as u32).to_be_bytes());
        file.extend_from_slice(body);
    }
    file
}

/// Where the sections of a type are.
pub(super) fn places(pieces: &[Piece], kind: u8) -> Vec<usize> {
    (0..pieces.len()).filter(|place| pieces[*place].0 == kind).collect()
}

/// The pieces with one of them replaced by others.
pub(super) fn replaced(pieces: &[Piece], place: usize, by: &[Piece]) -> Vec<u8> {
    let mut altered = pieces.to_vec();
    altered.splice(place..=place, by.iter().cloned());
    put_together(&altered)
}

/// The pieces with others before one of them.
pub(super) fn inserted(pieces: &[Piece], place: usize, new: &[Piece]) -> Vec<u8> {
    let mut altered = pieces.to_vec();
    altered.splice(place..place, new.iter().cloned());
    put_together(&altered)
}

/// The pieces with two of them in each other's place.
pub(super) fn swapped(pieces: &[Piece], one: usize, other: usize) -> Vec<u8> {
    let mut altered = pieces.to_vec();
    altered.swap(one, other);
    put_together(&altered)
}

/// A piece whose body was changed.
pub(super) fn changed(piece: &Piece, change: impl FnOnce(&mut Vec<u8>)) -> Piece {
    let (kind, mut body) = piece.clone();
    change(&mut body);
    (kind, body)
}

/// A piece that is an entry, with its fields changed and encoded anew.
pub(super) fn rewritten(piece: &Piece, change: impl FnOnce(&mut Entry<'_>)) -> Piece {
    let mut entry = Entry::decode(&piece.1).expect("it is good");
    change(&mut entry);
    (piece.0, entry.encode())
}

/// `T` for another size.
pub(super) fn resized(piece: &Piece, from: u64, size: u64) -> Piece {
    let text = std::str::from_utf8(&piece.1).expect("JSON");
    (piece.0, text.replace(&format!("\"size\":{from}"), &format!("\"size\":{size}")).into_bytes())
}

/// The size of a checkpoint.
pub(super) fn size_of(piece: &Piece) -> u64 {
    std::str::from_utf8(&piece.1).unwrap().parse::<SignedCheckpoint>().expect("it is good").checkpoint().size
}

/// Whether an entry names a body: as its own, detached, or in a field.
pub(super) fn names(entry: &Piece, body: &Piece) -> bool {
    let digests = [Hash::of_blob(&body.1), Hash::of_detached(&body.1)];
    match Entry::decode(&entry.1).expect("it is good").payload {
        PayloadRef::Inline(payload) => payload.windows(32).any(|window| window == digests[0].0),
        PayloadRef::Detached { digest, .. } => digest == digests[1],
    }
}
