//! `signed_note` and `tlog_tiles` over HTTP.

use signed_note::{Note, StandardVerifier, VerifierList};
use tlog_tiles::{
    Checkpoint, Error, Hash, HashReader as _, Tile, TileHashReader, TileReader, check_record, check_tree, prove_record,
    prove_tree, record_hash, stored_hash_index, tree_hash,
};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::server::{Published, text};

/// The path under which C2SP publishes a tile, of the one that Go's module proxy gives it:
/// without the height, and with another name for the level of the entries.
fn path(tile: &Tile) -> String {
    let go = tile.path();
    let rest = go.strip_prefix("tile/8/").expect("every tile is eight levels high");
    match rest.strip_prefix("data/") {
        Some(index) => format!("/log/tile/entries/{index}"),
        None => format!("/log/tile/{rest}"),
    }
}

/// Reads tiles from a server; one byte of each may be changed on the way.
struct Fetched<'s> {
    server: &'s Published,
    changed: bool,
}

impl TileReader for Fetched<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let fetch = |tile: &Tile| {
            let mut bytes = block_in_place(|| Handle::current().block_on(self.server.get(&path(tile))));
            bytes[0] ^= u8::from(self.changed);
            bytes
        };
        Ok(tiles.iter().map(fetch).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

/// The entries of a bundle: each behind its length.
fn unbundled(mut bundle: &[u8]) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bundle.split_first_chunk() {
        let (entry, rest) = rest.split_at(u16::from_be_bytes(*length).into());
        entries.push(entry.to_vec());
        bundle = rest;
    }
    entries
}

/// All entries of a tree.
async fn entries(server: &Published, size: u64) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for mut tile in Tile::new_tiles(8, 0, size).into_iter().filter(|tile| tile.level() == 0) {
        tile.set_is_data();
        entries.extend(unbundled(&server.get(&path(&tile)).await));
    }
    assert_eq!(entries.len() as u64, size);
    entries
}

/// The checkpoint of a note, if its signature by a key holds.
fn opened(note: &[u8], key: &str) -> Result<Checkpoint, String> {
    let note = Note::from_bytes(note).map_err(|error| error.to_string())?;
    let verifier = StandardVerifier::new(key).map_err(|error| error.to_string())?;
    let (verified, unverified) =
        note.verify(&VerifierList::new(vec![Box::new(verifier)])).map_err(|error| error.to_string())?;
    assert_eq!((verified.len(), unverified.len()), (1, 0));
    Checkpoint::from_bytes(note.text()).map_err(|error| error.to_string())
}

/// A proof as its text has it: the hashes before the empty line, and the checkpoint after it.
fn parts(proof: &str, first: &str) -> (Vec<Hash>, String) {
    let (head, note) = proof.split_once("\n\n").unwrap();
    let (_, hashes) = format!("{head}\n").split_once(first).map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    (hashes.lines().map(|line| Hash::parse_hash(line).unwrap()).collect(), note.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_accept_the_checkpoint_the_tiles_and_the_entries() {
    let server = Published::start().await;
    let (note, key) = (server.get("/log/checkpoint").await, server.key().await);
    let checkpoint = opened(&note, &key).unwrap();
    let (size, root) = (checkpoint.size(), *checkpoint.hash());
    assert_eq!((checkpoint.origin(), size), ("gpuaas.local", *server.sizes.last().unwrap()));
    let fetched = Fetched { server: &server, changed: false };
    let tiles = TileHashReader::new(size, root, &fetched);
    assert_eq!(tree_hash(size, &tiles).unwrap(), root);
    for (index, entry) in (0..).zip(entries(&server, size).await) {
        assert_eq!(tiles.read_hashes(&[stored_hash_index(0, index)]).unwrap(), [record_hash(&entry)], "{index}");
    }
    // And what is changed is accepted by none of them.
    let moved = text(note).replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1));
    assert!(opened(moved.as_bytes(), &key).unwrap_err().contains("invalid signature"));
    let changed = Fetched { server: &server, changed: true };
    let refused = TileHashReader::new(size, root, &changed).read_hashes(&[stored_hash_index(0, 5)]);
    assert!(matches!(refused, Err(Error::InconsistentTile)), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_accept_receipts_and_proofs_of_consistency() {
    let server = Published::start().await;
    let key = server.key().await;
    let size = *server.sizes.last().unwrap();
    let entries = entries(&server, size).await;
    let fetched = Fetched { server: &server, changed: false };
    for index in [0, 1, 255, 256, size - 1] {
        let receipt = text(server.get(&format!("/api/v1/log/entries/{}/receipt", index + 1)).await);
        let (proof, note) = parts(&receipt, &format!("c2sp.org/tlog-proof@v1\nindex {index}\n"));
        let checkpoint = opened(note.as_bytes(), &key).unwrap();
        let (size, root) = (checkpoint.size(), *checkpoint.hash());
        check_record(&proof, size, root, index, record_hash(&entries[index as usize])).unwrap();
        check_record(&proof, size, root, index, record_hash(b"another")).unwrap_err();
        assert_eq!(proof, prove_record(size, index, &TileHashReader::new(size, root, &fetched)).unwrap());
        let entry = server.get(&format!("/api/v1/log/entries/{}", index + 1)).await;
        assert_eq!(entry, entries[index as usize]);
    }
    let roots = roots(&server, &key).await;
    for (newer, (new, new_root)) in roots.iter().enumerate() {
        for (old, old_root) in &roots[..newer] {
            let extension = text(server.get(&format!("/api/v1/log/consistency?from={old}&to={new}")).await);
            let (proof, note) = parts(&extension, &format!("old {old}\n"));
            assert_eq!(*opened(note.as_bytes(), &key).unwrap().hash(), *new_root);
            check_tree(&proof, *new, *new_root, *old, *old_root).unwrap();
            check_tree(&proof, *new, *new_root, *old, record_hash(b"fork")).unwrap_err();
            assert_eq!(proof, prove_tree(*new, *old, &TileHashReader::new(*new, *new_root, &fetched)).unwrap());
        }
    }
}

/// The checkpoints that were signed, by size.
async fn roots(server: &Published, key: &str) -> Vec<(u64, Hash)> {
    let mut roots = Vec::new();
    for size in &server.sizes {
        // A checkpoint is consistent with itself, and comes with the proof of it.
        let extension = text(server.get(&format!("/api/v1/log/consistency?from={size}&to={size}")).await);
        let (proof, note) = parts(&extension, &format!("old {size}\n"));
        assert!(proof.is_empty());
        roots.push((*size, *opened(note.as_bytes(), key).unwrap().hash()));
    }
    roots
}
