//! What witnesses say is kept beside the checkpoints; keys change by command.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use gpuaas_log::append::{AppendError, Commanded};
use gpuaas_log::checkpoint::{Checkpoint, KeyRing, SignedCheckpoint, Signer, SigningError, Signs, VerifierKey};
use gpuaas_log::checkpointer::{Checkpointer, CheckpointerError};
use gpuaas_log::cosignature::{Cosigner, cosignatures};
use gpuaas_log::hash::Hash;
use gpuaas_log::store::StoreError;
use gpuaas_log::tiles::TreeError;
use gpuaas_log::tree::check_consistency;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    a_cosignature_is_kept_and_served_with_its_checkpoint,
    a_checkpoint_is_never_more_than_a_reader_takes,
    trees_go_on_from_each_other,
    keys_change_by_a_command_that_rests_on_what_was,
    a_checkpoint_that_was_signed_and_not_published_is_published,
    a_key_that_does_not_sign_holds_nothing_up_but_the_checkpoint,
);

fn witness(number: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness.example/{number}"), &[number; 32]).unwrap()
}

async fn a_cosignature_is_kept_and_served_with_its_checkpoint(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let folder = tempfile::tempdir().unwrap();
    let checkpointer = Checkpointer::open(log.clone(), vec![signer()], folder.path().join("checkpoint")).await.unwrap();
    let first = checkpointer.checkpoint().await.unwrap().unwrap();
    let size = first.checkpoint().size;
    let (one, two) = (witness(1), witness(2));
    for (cosigner, time) in [(&one, 100), (&two, 200), (&one, 300)] {
        log.keep_cosignature(size, cosigner.key(), &cosigner.cosign(first.checkpoint(), time)).await.unwrap();
    }
    log.append(create_project(org, 1)).await.unwrap();
    let second = checkpointer.checkpoint().await.unwrap().unwrap();
    log.keep_cosignature(second.checkpoint().size, two.key(), &two.cosign(second.checkpoint(), 400)).await.unwrap();

    let seen = |note: &str| {
        let signed: SignedCheckpoint = note.parse().unwrap();
        let found = cosignatures(&signed, [one.key(), two.key()]).unwrap();
        (signed.checkpoint().size, found.into_iter().map(|(_, time)| time).collect::<Vec<_>>())
    };
    let published = log.last_checkpoint().await.unwrap().unwrap();
    assert_eq!(seen(&published.note), (second.checkpoint().size, vec![400]));
    let lags = log.checkpoint(size).await.unwrap().unwrap();
    assert_eq!(seen(&lags.note), (size, vec![100, 200]), "what each said first stays");
    assert_eq!(log.last_cosigned_by(one.key()).await.unwrap(), Some(size));
    assert_eq!(log.last_cosigned_by(two.key()).await.unwrap(), Some(second.checkpoint().size));
    assert_eq!(log.last_cosigned_by(witness(3).key()).await.unwrap(), None);

    // An export takes them along, and so does the log that is made from it.
    let export = log.export_whole(Vec::new()).await.unwrap();
    let other = place.another().await;
    let store = other.open().await;
    gpuaas_log::Log::import(&*store, std::io::Cursor::new(export)).await.unwrap();
    assert_eq!(seen(&store.last_checkpoint().await.unwrap().unwrap().note).1, [400]);
}

async fn a_checkpoint_is_never_more_than_a_reader_takes(place: &impl Place) {
    let (log, _) = log_with_organization(place).await;
    let folder = tempfile::tempdir().unwrap();
    let checkpointer = Checkpointer::open(log.clone(), vec![signer()], folder.path().join("checkpoint")).await.unwrap();
    let signed = checkpointer.checkpoint().await.unwrap().unwrap();
    for number in 1..21 {
        let witness = witness(number);
        let line = witness.cosign(signed.checkpoint(), 1);
        log.keep_cosignature(signed.checkpoint().size, witness.key(), &line).await.unwrap();
    }
    let note = log.last_checkpoint().await.unwrap().unwrap().note;
    assert!(note.parse::<SignedCheckpoint>().unwrap().is_signed_by(signer().verifier()), "{note}");
}

async fn trees_go_on_from_each_other(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let folder = tempfile::tempdir().unwrap();
    let checkpointer = Checkpointer::open(log.clone(), vec![signer()], folder.path().join("checkpoint")).await.unwrap();
    let mut checkpoints = vec![checkpointer.checkpoint().await.unwrap().unwrap().checkpoint().clone()];
    for number in 0..6 {
        log.append(create_project(org, number)).await.unwrap();
        checkpoints.push(checkpointer.checkpoint().await.unwrap().unwrap().checkpoint().clone());
    }
    for new in &checkpoints {
        for old in checkpoints.iter().filter(|old| old.size <= new.size) {
            let proof = log.goes_on(old.size, new).await.unwrap();
            assert!(check_consistency(old.size, old.root, new.size, new.root, &proof), "{} {}", old.size, new.size);
        }
        assert!(log.goes_on(0, new).await.unwrap().is_empty());
        // From a size of which nothing was signed, and to a root that nobody signed.
        assert!(!log.goes_on(1, new).await.unwrap().is_empty());
        let other = Checkpoint { root: Hash([1; 32]), ..new.clone() };
        assert!(matches!(log.goes_on(1, &other).await, Err(TreeError::Store(StoreError::Damaged(_)))));
    }
}

async fn keys_change_by_a_command_that_rests_on_what_was(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let next = Signer::from_seed(ORIGIN, &[8; 32]).unwrap().verifier().clone();
    let by = |version| {
        let mut metadata = metadata();
        metadata.idempotency = Some(Hash([5; 32]));
        metadata.request = Some(Hash([6; 32]));
        Commanded { metadata, guards: vec![guard(organization(org), version)] }
    };
    let before = *log.head().borrow();
    let moved = log.change_keys_by(vec![next.clone()], 1, by(7)).await;
    assert!(matches!(moved, Err(AppendError::GuardConflict { expected: 7, actual: 1, .. })), "{moved:?}");
    assert_eq!(*log.head().borrow(), before, "nothing was written");
    let others = log.change_keys_by(vec![next.clone()], 2, by(1)).await;
    assert_eq!(others, Err(AppendError::KeysChanged { in_force_since: 1 }));
    assert_eq!(*log.head().borrow(), before, "nothing was written");
    let position = log.change_keys_by(vec![next.clone()], 1, by(1)).await.unwrap();
    let entry = log.entry(position).await.unwrap().unwrap();
    let entry = entry.entry().unwrap();
    assert_eq!((entry.event, entry.actor.kind), ("log.keys_changed", "user"));
    assert!(entry.decision.is_some() && entry.guards.len() == 1);
    let twice = log.change_keys_by(vec![signer().verifier().clone()], position, by(1)).await;
    assert!(
        matches!(&twice, Err(AppendError::Duplicate { first, request: Some(_) }) if *first.positions.end() == position),
        "{twice:?}"
    );
    let lists = log.key_lists().await.unwrap();
    let expected = [(1, signer().verifier().clone()), (position, next.clone())];
    assert_eq!(lists.iter().map(|list| (list.since, list.keys[0].clone())).collect::<Vec<_>>(), expected);
    assert_eq!(log.keys().await.unwrap(), [next]);
    // The idempotency hash is found by those who look for it, and the log is good.
    assert!(log.by_idempotency(Hash([5; 32])).await.unwrap().is_some());
    let folder = tempfile::tempdir().unwrap();
    let both = vec![signer(), Signer::from_seed(ORIGIN, &[8; 32]).unwrap()];
    let checkpointer = Checkpointer::open(log.clone(), both, folder.path().join("checkpoint")).await.unwrap();
    checkpointer.checkpoint().await.unwrap().unwrap();
    verified(log.export_whole(Vec::new()).await.unwrap());
}

async fn a_checkpoint_that_was_signed_and_not_published_is_published(place: &impl Place) {
    let (log, _) = log_with_organization(place).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("checkpoint");
    let checkpointer = Checkpointer::open(log.clone(), vec![signer()], &file).await.unwrap();
    let signed = checkpointer.checkpoint().await.unwrap().unwrap();
    drop(checkpointer);
    // As if the process had ended between its file and the store.
    place.tamper("DELETE FROM log_checkpoints").await;
    let log = reopen(place, log).await;
    assert_eq!(log.published().await.unwrap(), 0);
    let checkpointer = Checkpointer::open(log.clone(), vec![signer()], &file).await.unwrap();
    assert_eq!(log.published().await.unwrap(), signed.checkpoint().size);
    assert_eq!(*checkpointer.published().borrow(), Some(signed));
    verified(log.export_whole(Vec::new()).await.unwrap());
}

/// A key that signs when it likes.
struct Moody {
    signer: Signer,
    signs: Arc<AtomicBool>,
}

#[async_trait]
impl Signs for Moody {
    fn verifier(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    async fn sign(&self, text: &str) -> Result<[u8; 64], SigningError> {
        // What it signs when it does not like is something else.
        Ok(self.signer.sign(if self.signs.load(Ordering::Relaxed) { text } else { "another text" }))
    }
}

struct Ring(Arc<AtomicBool>);

#[async_trait]
impl KeyRing for Ring {
    async fn keys(&self) -> Result<Vec<Arc<dyn Signs>>, SigningError> {
        Ok(vec![Arc::new(Moody { signer: signer(), signs: self.0.clone() })])
    }
}

async fn a_key_that_does_not_sign_holds_nothing_up_but_the_checkpoint(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let folder = tempfile::tempdir().unwrap();
    let signs = Arc::new(AtomicBool::new(false));
    let file = folder.path().join("checkpoint");
    let checkpointer = Checkpointer::open(log.clone(), Ring(signs.clone()), &file).await.unwrap();
    let refused = checkpointer.checkpoint().await;
    assert!(matches!(refused, Err(CheckpointerError::Signing(_))), "{refused:?}");
    assert!(!file.exists() && log.published().await.unwrap() == 0);
    log.append(create_project(org, 1)).await.unwrap();
    signs.store(true, Ordering::Relaxed);
    let signed = checkpointer.checkpoint().await.unwrap().unwrap();
    assert!(signed.is_signed_by(signer().verifier()));
    verified(log.export_whole(Vec::new()).await.unwrap());
}
