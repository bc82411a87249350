//! Receipts and extensions out of a log: they hold for what they are for, and for nothing else.

use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::hash::Hash;
use gpuaas_log::log::Log;
use gpuaas_log::receipt::{ExtensionFault, Receipt, ReceiptFault};
use gpuaas_log::store::{PublishedCheckpoint, StoreError};
use gpuaas_log::tiles::TreeError;
use tempfile::TempDir;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    a_receipt_proves_its_entry_and_no_other,
    a_checkpoint_is_proved_to_extend_an_older_one,
    a_tile_that_lies_makes_no_receipt,
    a_checkpoint_is_found_by_its_size_and_by_its_time,
    the_keys_are_those_in_force,
);

async fn sign(log: &Log) -> PublishedCheckpoint {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("checkpoint");
    let checkpointer = Checkpointer::adopt(log.clone(), vec![signer()], file).await.unwrap();
    checkpointer.checkpoint().await.unwrap();
    log.last_checkpoint().await.unwrap().unwrap()
}

async fn entry(log: &Log, position: u64) -> Vec<u8> {
    log.entry(position).await.unwrap().unwrap().bytes.to_vec()
}

async fn a_receipt_proves_its_entry_and_no_other(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    for number in 0..5 {
        log.append(create_project(org, number)).await.unwrap();
    }
    let checkpoint = sign(&log).await;
    for position in 1..=checkpoint.size {
        let receipt = log.receipt(position, &checkpoint).await.unwrap();
        assert_eq!(receipt.to_string().parse(), Ok(receipt.clone()));
        assert!(receipt.checkpoint().is_signed_by(signer().verifier()));
        assert_eq!(receipt.check(&entry(&log, position).await), Ok(()));
        let other = position % checkpoint.size + 1;
        let fault = ReceiptFault::Position { entry: other, receipt: position };
        assert_eq!(receipt.check(&entry(&log, other).await), Err(fault));
    }
    let proved = log.proved(2, &checkpoint).await.unwrap();
    assert_eq!((proved.entry, proved.receipt), (entry(&log, 2).await, log.receipt(2, &checkpoint).await.unwrap()));
    for position in [0, checkpoint.size + 1] {
        let beyond = TreeError::Beyond { size: checkpoint.size };
        assert_eq!(log.receipt(position, &checkpoint).await, Err(beyond));
    }
    // A log that says other things at the same positions, signed by the same key.
    let other = place.another().await;
    let (elsewhere, org) = log_with_organization(&other).await;
    elsewhere.append(create_project(org, 99)).await.unwrap();
    let theirs = sign(&elsewhere).await;
    let receipt: Receipt = elsewhere.receipt(theirs.size, &theirs).await.unwrap();
    assert_eq!(receipt.check(&entry(&log, theirs.size).await), Err(ReceiptFault::NotIncluded));
}

async fn a_checkpoint_is_proved_to_extend_an_older_one(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let mut kept = vec![sign(&log).await];
    for number in 0..4 {
        log.append(create_project(org, number)).await.unwrap();
        kept.push(sign(&log).await);
    }
    for (number, newer) in kept.iter().enumerate() {
        for older in &kept[..=number] {
            let extension = log.extension(older, newer).await.unwrap();
            assert_eq!(extension.to_string().parse(), Ok(extension.clone()));
            let old = older.note.parse::<gpuaas_log::checkpoint::SignedCheckpoint>().unwrap().checkpoint().clone();
            assert_eq!(extension.check(&old), Ok(()));
            let forked = gpuaas_log::checkpoint::Checkpoint { root: Hash([1; 32]), ..old };
            assert_eq!(extension.check(&forked), Err(ExtensionFault::NotConsistent));
        }
    }
    let backwards = log.extension(&kept[1], &kept[0]).await;
    assert_eq!(backwards, Err(TreeError::Beyond { size: kept[0].size }));
}

async fn a_tile_that_lies_makes_no_receipt(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    for number in 0..300 {
        log.append(create_project(org, number)).await.unwrap();
    }
    let older = sign(&log).await;
    log.append(create_project(org, 999)).await.unwrap();
    let newer = sign(&log).await;
    assert!(log.receipt(7, &newer).await.is_ok());
    place.tamper("UPDATE log_tiles SET root = (SELECT hash FROM log_head)").await;
    for position in [280, newer.size] {
        let refused = log.receipt(position, &newer).await;
        assert!(matches!(refused, Err(TreeError::Store(StoreError::Damaged(_)))), "{refused:?}");
    }
    let refused = log.extension(&older, &newer).await;
    assert!(matches!(refused, Err(TreeError::Store(StoreError::Damaged(_)))), "{refused:?}");
    let signed: gpuaas_log::checkpoint::SignedCheckpoint = newer.note.parse().unwrap();
    let refused = log.goes_on(older.size, signed.checkpoint()).await;
    assert!(matches!(refused, Err(TreeError::Store(StoreError::Damaged(_)))), "{refused:?}");
}

async fn a_checkpoint_is_found_by_its_size_and_by_its_time(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    assert_eq!(log.checkpoint_until(u64::MAX >> 11).await.unwrap(), None);
    let first = sign(&log).await;
    let mut second = first.clone();
    // Times differ as soon as a microsecond has passed.
    for number in 0.. {
        log.append(create_project(org, number)).await.unwrap();
        second = sign(&log).await;
        if recorded_at(&log, second.size).await > recorded_at(&log, first.size).await {
            break;
        }
    }
    let (then, now) = (recorded_at(&log, first.size).await, recorded_at(&log, second.size).await);
    assert_eq!(log.checkpoint_until(then - 1).await.unwrap(), None);
    assert_eq!(log.checkpoint_until(now - 1).await.unwrap().map(|found| found.size < second.size), Some(true));
    assert_eq!(log.checkpoint_until(now).await.unwrap(), Some(second.clone()));
    assert_eq!(log.checkpoint_until(now + 1_000_000_000).await.unwrap(), Some(second.clone()));
    assert_eq!(log.checkpoint(first.size).await.unwrap(), Some(first.clone()));
    assert_eq!(log.checkpoint(first.size + 1).await.unwrap(), None);
}

async fn recorded_at(log: &Log, position: u64) -> u64 {
    log.entry(position).await.unwrap().unwrap().entry().unwrap().recorded_at
}

async fn the_keys_are_those_in_force(place: &impl Place) {
    let (log, _) = log_with_organization(place).await;
    assert_eq!(log.keys().await.unwrap(), [signer().verifier().clone()]);
    let next = gpuaas_log::checkpoint::Signer::from_seed(ORIGIN, &[8; 32]).unwrap().verifier().clone();
    log.change_keys(vec![signer().verifier().clone(), next.clone()]).await.unwrap();
    assert_eq!(log.keys().await.unwrap(), [signer().verifier().clone(), next]);
}
