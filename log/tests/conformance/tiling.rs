//! The Merkle tree as a store gives it: the proofs and tiles that the entries call for, read
//! from few tiles.

use std::io::Cursor;

use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::hash::Hash;
use gpuaas_log::indexes::{IndexFault, check, rebuild};
use gpuaas_log::log::Log;
use gpuaas_log::tiles::{TILE_WIDTH, TileId, TreeError, TreeReader};
use gpuaas_log::tree::{Frontier, check_consistency, check_inclusion, consistency_proof, inclusion_proof, leaf_hash};
use uuid::Uuid;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    every_proof_root_and_tile_is_that_of_the_leaves,
    complete_tiles_are_written_with_the_checkpoint,
    missing_tiles_are_computed_and_kept,
    a_proof_reads_tiles_and_not_the_log,
    nothing_is_answered_beyond_the_tree,
    a_tile_that_lies_is_found_and_forgotten,
);

/// Appends so many entries.
async fn grow(log: &Log, org: Uuid, first: u64, entries: usize) {
    const MOST: usize = 500;
    for (number, start) in (first..).zip((0..entries).step_by(MOST)) {
        let mut events = vec![event("project.changed"); MOST.min(entries - start)];
        events[0] = event("project.created");
        log.append(append(vec![on(project(number), Some(org), 0, events)])).await.unwrap();
    }
}

async fn sign(log: &Log) -> u64 {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("checkpoint");
    let checkpointer = Checkpointer::adopt(log.clone(), vec![signer()], file).await.unwrap();
    checkpointer.checkpoint().await.unwrap().unwrap().checkpoint().size
}

/// The bytes of all entries, read plainly.
async fn entries(log: &Log) -> Vec<Vec<u8>> {
    let size = *log.head().borrow();
    log.read(0, size as usize).await.unwrap().iter().map(|stored| stored.bytes.to_vec()).collect()
}

fn root(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    leaves.iter().for_each(|leaf| frontier.push_hash(*leaf));
    frontier.root()
}

/// What a tile holds by the words of the C2SP specification.
fn plain_tile(leaves: &[Hash], id: TileId) -> Vec<u8> {
    let below = TILE_WIDTH.pow(u32::from(id.level)) as usize;
    let nodes: Vec<Hash> = leaves.chunks_exact(below).map(root).collect();
    let start = (id.index * TILE_WIDTH) as usize;
    nodes.iter().skip(start).take(TILE_WIDTH as usize).flat_map(|hash| hash.0).collect()
}

async fn every_proof_root_and_tile_is_that_of_the_leaves(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    grow(&log, org, 0, 780).await;
    let entries = entries(&log).await;
    let leaves: Vec<Hash> = entries.iter().map(|bytes| leaf_hash(bytes)).collect();
    let all = leaves.len() as u64;
    assert_eq!(log.tree(0).await.unwrap().root().await.unwrap(), root(&[]));
    for size in [1, 2, 3, 7, 255, 256, 257, 511, 512, 513, 700, all] {
        let mut tree = log.tree(size).await.unwrap();
        let leaves = &leaves[..size as usize];
        let new_root = root(leaves);
        assert_eq!(tree.root().await.unwrap(), new_root, "{size}");
        for index in (0..size).filter(|index| index % 97 == 0 || index % 256 > 253 || index + 2 > size) {
            let proof = tree.inclusion(index).await.unwrap();
            assert_eq!(proof, inclusion_proof(leaves, index), "{index} of {size}");
            assert!(check_inclusion(leaves[index as usize], index, size, &proof, new_root));
        }
        for old in (0..=size).filter(|old| old % 61 == 0 || old % 256 < 2 || old + 1 >= size) {
            let proof = tree.consistency(old).await.unwrap();
            assert_eq!(proof, consistency_proof(leaves, old), "{old} of {size}");
            let old_root = root(&leaves[..old as usize]);
            assert!(check_consistency(old, old_root, size, new_root, &proof));
        }
        for level in 0..3 {
            for index in 0..4 {
                let id = TileId { level, index };
                let expected = plain_tile(leaves, id);
                assert_eq!(tree.width(id), expected.len() as u64 / 32, "{id:?} of {size}");
                for width in (1..=tree.width(id)).filter(|width| width % 50 == 1 || *width == TILE_WIDTH) {
                    assert_eq!(
                        tree.tile(id, width).await.unwrap(),
                        expected[..width as usize * 32],
                        "{id:?} of {size}"
                    );
                }
            }
        }
        let bundle = tree.bundle(0, size.min(TILE_WIDTH)).await.unwrap();
        let expected = entries.iter().take(size.min(TILE_WIDTH) as usize);
        let expected = expected.flat_map(|entry| [&(entry.len() as u16).to_be_bytes()[..], entry].concat());
        assert_eq!(bundle, expected.collect::<Vec<u8>>());
    }
}

async fn complete_tiles_are_written_with_the_checkpoint(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    grow(&log, org, 0, 600).await;
    let size = sign(&log).await;
    assert!((513..768).contains(&size));
    let leaves: Vec<Hash> = entries(&log).await.iter().map(|bytes| leaf_hash(bytes)).collect();
    log.close().await;
    let store = place.open().await;
    let kept = store.tile_roots(0, 0..100).await.unwrap();
    assert_eq!(kept, [(0, root(&leaves[..256])), (1, root(&leaves[256..512]))]);
    let second = store.tile(TileId { level: 0, index: 1 }).await.unwrap().unwrap();
    assert_eq!(second.hashes(), &leaves[256..512]);
    for incomplete in [TileId { level: 0, index: 2 }, TileId { level: 1, index: 0 }] {
        assert_eq!(store.tile(incomplete).await.unwrap(), None);
    }
    // The next checkpoint adds what is new.
    let log = Log::open(store, AppenderOptions::default()).await.unwrap();
    grow(&log, org, 10, 300).await;
    sign(&log).await;
    log.close().await;
    let store = place.open().await;
    assert_eq!(store.tile_roots(0, 1..100).await.unwrap().iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 2]);
    check(&*store).await.unwrap();
}

async fn missing_tiles_are_computed_and_kept(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    grow(&log, org, 0, 1_100).await;
    let file = export(&log).await;
    let other = place.another().await;
    let store = other.open().await;
    Log::import(&*store, Cursor::new(file)).await.unwrap();
    assert_eq!(store.tile_roots(0, 0..100).await.unwrap(), [], "an import brings none");
    let size = log.published().await.unwrap();
    let mut imported = TreeReader::at(&*store, size).await.unwrap();
    let mut original = log.tree(size).await.unwrap();
    for index in [0, 300, size - 1] {
        assert_eq!(imported.inclusion(index).await.unwrap(), original.inclusion(index).await.unwrap());
    }
    assert_eq!(imported.consistency(700).await.unwrap(), original.consistency(700).await.unwrap());
    assert_eq!(store.tile_roots(0, 0..100).await.unwrap().len() as u64, size / TILE_WIDTH);
    check(&*store).await.unwrap();
}

async fn a_proof_reads_tiles_and_not_the_log<P: Place>(place: &P) {
    let (log, org) = log_with_organization(place).await;
    grow(&log, org, 0, 66_500).await;
    let size = sign(&log).await;
    let mut tree = log.tree(size).await.unwrap();
    let proofs = (tree.inclusion(1_000).await.unwrap(), tree.consistency(65_537).await.unwrap());
    let (first, upper) = (TileId { level: 0, index: 3 }, TileId { level: 1, index: 0 });
    let tiles = (tree.tile(first, 256).await.unwrap(), tree.tile(upper, 256).await.unwrap());
    let new_root = tree.root().await.unwrap();
    // Gone are all entries but those after the last complete tile.
    let covered = size / TILE_WIDTH * TILE_WIDTH;
    place.tamper(&format!("UPDATE log_entries SET bytes = {} WHERE position <= {covered}", P::bytes(""))).await;
    let mut tree = log.tree(size).await.unwrap();
    assert_eq!((tree.inclusion(1_000).await.unwrap(), tree.consistency(65_537).await.unwrap()), proofs);
    assert_eq!((tree.tile(first, 256).await.unwrap(), tree.tile(upper, 256).await.unwrap()), tiles);
    assert_eq!(tree.root().await.unwrap(), new_root);
    let signed: SignedCheckpoint = log.last_checkpoint().await.unwrap().unwrap().note.parse().unwrap();
    assert_eq!((signed.checkpoint().size, signed.checkpoint().root), (size, new_root));
}

async fn nothing_is_answered_beyond_the_tree(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    grow(&log, org, 0, 300).await;
    let head = *log.head().borrow();
    assert!(matches!(log.tree(head + 1).await, Err(TreeError::Beyond { size }) if size == head));
    let mut tree = log.tree(290).await.unwrap();
    let beyond = || TreeError::Beyond { size: 290 };
    assert_eq!(tree.inclusion(290).await, Err(beyond()));
    assert_eq!(tree.inclusion(u64::MAX).await, Err(beyond()));
    assert_eq!(tree.consistency(291).await, Err(beyond()));
    let tile = |level, index| TileId { level, index };
    for (id, width) in [
        (tile(0, 0), 0),
        (tile(0, 0), 257),
        (tile(0, 1), 35),
        (tile(0, 1), 256),
        (tile(0, 2), 1),
        (tile(0, u64::MAX), 1),
        (tile(1, 0), 2),
        (tile(2, 0), 1),
        (tile(63, 0), 1),
    ] {
        assert_eq!(tree.tile(id, width).await, Err(beyond()), "{id:?} {width}");
    }
    for (index, width) in [(0, 0), (1, 35), (2, 1), (u64::MAX, 1)] {
        assert_eq!(tree.bundle(index, width).await, Err(beyond()), "{index} {width}");
    }
    assert_eq!(tree.tile(tile(0, 1), 34).await.unwrap().len(), 34 * 32);
    assert_eq!(tree.tile(tile(1, 0), 1).await.unwrap().len(), 32);
}

async fn a_tile_that_lies_is_found_and_forgotten(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    grow(&log, org, 0, 600).await;
    let size = sign(&log).await;
    let right = log.tree(size).await.unwrap().inclusion(5).await.unwrap();
    log.close().await;
    let id = |index| TileId { level: 0, index };
    let lies = [
        ("UPDATE log_tiles SET hashes = (SELECT hashes FROM log_tiles WHERE place = 1)", id(0)),
        ("UPDATE log_tiles SET root = (SELECT root FROM log_tiles WHERE place = 0)", id(1)),
        ("INSERT INTO log_tiles SELECT level, 7, root, hashes FROM log_tiles WHERE place = 0", id(7)),
    ];
    for (lie, found) in lies {
        place.tamper(lie).await;
        let store = place.open().await;
        assert_eq!(check(&*store).await, Err(IndexFault::Tile(found)), "{lie}");
        rebuild(&*store).await.unwrap();
        check(&*store).await.unwrap();
        let mut tree = TreeReader::at(&*store, size).await.unwrap();
        assert_eq!(tree.inclusion(5).await.unwrap(), right);
        tree.inclusion(300).await.unwrap();
        assert_eq!(store.tile_roots(0, 0..100).await.unwrap().len(), 2, "they are there again");
        store.close().await;
    }
}
