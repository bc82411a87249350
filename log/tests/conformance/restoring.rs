//! A copy into an empty store: to the last append that is whole and good, and no further.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gpuaas_log::append::NewPayload;
use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::checkpoint::{SignedCheckpoint, Signer};
use gpuaas_log::cosignature::Cosigner;
use gpuaas_log::entry::StoredEntry;
use gpuaas_log::fault::{Fault, FaultKind};
use gpuaas_log::hash::Hash;
use gpuaas_log::indexes;
use gpuaas_log::log::Log;
use gpuaas_log::policy::Policy;
use gpuaas_log::restore::{KeptCheckpoint, Loss, Options, RestoreError, Restored, Source, SourceError};
use gpuaas_log::store::LogStore;
use gpuaas_log::transfer::BlobFields;
use gpuaas_log::verify;

use super::moving::full_log;
use super::on_both_stores;
use super::place::{Place, PostgresPlace, SqlitePlace};
use super::world::*;

on_both_stores!(
    a_copy_is_restored_to_the_same_head_and_goes_on,
    what_was_erased_stays_erased_though_the_copy_has_it,
    a_cut_append_is_left_out_and_said_to_be_lost,
    an_altered_entry_ends_what_can_be_restored,
    checkpoints_after_a_break_whose_keys_are_not_known_are_told_once,
    a_body_that_was_not_erased_is_a_loss,
    a_missing_blob_ends_what_can_be_restored,
    a_checkpoint_of_more_entries_tells_what_is_lost,
    entries_that_contradict_a_checkpoint_are_never_restored,
    what_is_held_from_outside_counts_all_of_it,
    nothing_is_restored_into_a_log,
    a_source_that_fails_leaves_nothing_behind,
);

/// A copy of a log, held by hand so that each of its parts can be taken away.
#[derive(Clone, Default)]
struct Held {
    entries: Vec<Arc<[u8]>>,
    bodies: HashMap<Hash, Arc<[u8]>>,
    blobs: HashMap<Hash, Arc<[u8]>>,
    checkpoints: Vec<KeptCheckpoint>,
    /// How long it takes to answer.
    pause: Duration,
    /// What it answers once its entries are over.
    ends_with: Option<SourceError>,
}

#[async_trait]
impl Source for Held {
    fn place(&self) -> String {
        "the copy".to_owned()
    }

    async fn entries(&self, after: u64, limit: usize) -> Result<Vec<Arc<[u8]>>, SourceError> {
        tokio::time::sleep(self.pause).await;
        let page: Vec<_> =
            self.entries.iter().skip(usize::try_from(after).unwrap()).take(limit.min(5)).cloned().collect();
        match &self.ends_with {
            Some(error) if page.is_empty() => Err(error.clone()),
            _ => Ok(page),
        }
    }

    async fn body(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError> {
        Ok(self.bodies.get(&digest).cloned())
    }

    async fn blob(&self, digest: Hash) -> Result<Option<Arc<[u8]>>, SourceError> {
        Ok(self.blobs.get(&digest).cloned())
    }

    async fn checkpoints(&self) -> Result<Vec<KeptCheckpoint>, SourceError> {
        Ok(self.checkpoints.clone())
    }
}

/// All that a log holds.
async fn held(log: &Log) -> Held {
    let mut copy = Held::default();
    let mut fields = BlobFields::default();
    for stored in log.read(0, usize::MAX >> 1).await.unwrap() {
        let entry = stored.entry().unwrap();
        if let Some(body) = &stored.body {
            copy.bodies.insert(Hash::of_detached(body), Arc::clone(body));
        }
        for digest in fields.named_by(&entry, stored.body.as_deref()).unwrap() {
            copy.blobs.insert(digest, log.blob(digest).await.unwrap().unwrap());
        }
        copy.entries.push(Arc::clone(&stored.bytes));
    }
    for published in log.checkpoints_after(0, 100).await.unwrap() {
        copy.checkpoints.push(KeptCheckpoint { name: published.size.to_string(), note: published.note.into_bytes() });
    }
    copy
}

/// A log with something of everything, under a checkpoint, and then some more.
async fn log_and_copy(place: &impl Place) -> (Log, Held) {
    let log = full_log(place).await;
    export(&log).await;
    log.append(change_project(id(10), 1, 3)).await.unwrap();
    let copy = held(&log).await;
    (log, copy)
}

async fn restore(store: &dyn LogStore, copy: &Held) -> Result<Restored, RestoreError> {
    Log::restore(store, copy, &Options::default()).await
}

fn accepting() -> Options {
    Options { accept_losses: true, ..Options::default() }
}

async fn is_empty(store: &dyn LogStore) -> bool {
    let nothing = store.rows(0, 1).await.unwrap().is_empty()
        && store.claims().await.unwrap().is_empty()
        && store.checkpoints().await.unwrap().is_empty()
        && store.blob(Hash::of_blob(&manifest())).await.unwrap().is_none();
    nothing && store.head().await.unwrap().row.position == 0
}

async fn last(log: &Log) -> StoredEntry {
    log.entry(*log.head().borrow()).await.unwrap().unwrap()
}

async fn a_copy_is_restored_to_the_same_head_and_goes_on(place: &impl Place) {
    let (log, copy) = log_and_copy(place).await;
    let other = place.another().await;
    let store = other.open().await;
    let restored = restore(&*store, &copy).await.unwrap();
    assert_eq!((restored.position, restored.hash), (*log.head().borrow(), last(&log).await.hash()));
    assert!(restored.losses.is_empty(), "{:?}", restored.losses);
    // The last entry is consistent, and no checkpoint covers it.
    assert_eq!(restored.checkpoint.map(|(size, _)| size), Some(restored.position - 1));
    indexes::check(&*store).await.unwrap();
    let moved = Log::open(store, AppenderOptions::default()).await.unwrap();
    assert_eq!(moved.export_whole(Vec::new()).await.unwrap(), log.export_whole(Vec::new()).await.unwrap());
    assert_eq!(moved.claim_holder("project.name".into(), take(1).name).await.unwrap(), Some(project(1)));
    let mut duplicate = create_project(id(10), 7);
    duplicate.metadata.idempotency = Some(Hash([4; 32]));
    assert!(moved.append(duplicate).await.is_err());
    moved.append(change_project(id(10), 1, 4)).await.unwrap();
    verify_all(&moved).await;
}

async fn what_was_erased_stays_erased_though_the_copy_has_it(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let mut positions = Vec::new();
    for number in 1..4 {
        let mut append = create_project(org, number);
        append.streams[0].events[0].payload = NewPayload::Detached(fields("gone"));
        positions.push(*log.append(append).await.unwrap().positions.start());
    }
    let before = held(&log).await;
    let kept = positions.pop().unwrap();
    log.erase_payload(positions.clone(), "law".into()).await.unwrap();
    export(&log).await;
    let copy = Held { bodies: before.bodies.clone(), ..held(&log).await };
    assert_eq!(copy.bodies.len(), 3);
    let other = place.another().await;
    let store = other.open().await;
    let restored = restore(&*store, &copy).await.unwrap();
    assert_eq!((restored.erased, restored.losses), (positions.clone(), Vec::new()));
    for position in positions {
        assert!(store.entries(position - 1, 1).await.unwrap()[0].body.is_none());
    }
    assert!(store.entries(kept - 1, 1).await.unwrap()[0].body.is_some());
}

async fn a_cut_append_is_left_out_and_said_to_be_lost(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let streams = vec![
        on(project(1), Some(org), 0, vec![event("project.created"), event("project.changed")]),
        on(project(2), Some(org), 0, vec![event("project.created")]),
    ];
    let last = *log.append(append(streams)).await.unwrap().positions.end();
    let mut copy = held(&log).await;
    copy.entries.pop();
    let other = place.another().await;
    let store = other.open().await;
    let Err(RestoreError::Losses(found)) = restore(&*store, &copy).await else { panic!("something is lost") };
    assert!(matches!(found.losses[..], [Loss::Broken { position, .. }] if position == last - 2), "{found:?}");
    assert!(is_empty(&*store).await);
    let restored = Log::restore(&*store, &copy, &accepting()).await.unwrap();
    assert_eq!(restored.position, last - 3);
    indexes::check(&*store).await.unwrap();
}

async fn an_altered_entry_ends_what_can_be_restored(place: &impl Place) {
    let (log, copy) = log_and_copy(place).await;
    let size = *log.head().borrow();
    let other = place.another().await;
    let store = other.open().await;
    for position in 3..=size {
        let mut altered = copy.clone();
        let place = usize::try_from(position).unwrap() - 1;
        let mut bytes = altered.entries[place].to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        altered.entries[place] = bytes.into();
        // What stands before it is good, unless a checkpoint says that there was more.
        let Err(RestoreError::Losses(found)) = restore(&*store, &altered).await else { panic!("{position}") };
        assert!(found.position < position, "{found:?}");
        assert!(matches!(&found.losses[0], Loss::Broken { position: at, .. } if *at == found.position + 1));
        assert!(position == size || matches!(&found.losses[1], Loss::Entries { .. }), "{found:?}");
        assert!(is_empty(&*store).await);
    }
    let mut first = copy;
    first.entries[0] = Arc::from(*b"not an entry");
    assert!(matches!(Log::restore(&*store, &first, &accepting()).await, Err(RestoreError::NoStart(_))));
    assert!(is_empty(&*store).await);
}

async fn checkpoints_after_a_break_whose_keys_are_not_known_are_told_once(place: &impl Place) {
    let (log, mut copy) = log_and_copy(place).await;
    let last: SignedCheckpoint = log.last_checkpoint().await.unwrap().unwrap().note.parse().unwrap();
    // As after a rotation that nobody can read any more: good ones, of a key that is not known.
    let next = Signer::from_seed(ORIGIN, &[9; 32]).unwrap();
    for size in [300, 310, 320] {
        let checkpoint = gpuaas_log::checkpoint::Checkpoint { origin: ORIGIN.into(), size, root: Hash([1; 32]) };
        let note = SignedCheckpoint::sign(checkpoint, &[&next]).to_string().into_bytes();
        copy.checkpoints.push(KeptCheckpoint { name: format!("later {size}"), note });
    }
    copy.ends_with = Some(SourceError::Damaged("the segment after it is missing".into()));
    let other = place.another().await;
    let store = other.open().await;
    let Err(RestoreError::Losses(found)) = restore(&*store, &copy).await else { panic!("entries are lost") };
    let Loss::Unjudged { after, count } = found.losses[1] else { panic!("{found:?}") };
    assert_eq!((after, count, found.losses.len()), (found.position, 3, 2), "{found:?}");
    assert!(after >= last.checkpoint().size && matches!(found.losses[0], Loss::Broken { .. }), "{found:?}");
}

async fn a_body_that_was_not_erased_is_a_loss(place: &impl Place) {
    let (_, copy) = log_and_copy(place).await;
    let other = place.another().await;
    let store = other.open().await;
    assert_eq!(copy.bodies.len(), 1);
    let altered: HashMap<_, _> = copy.bodies.keys().map(|digest| (*digest, Arc::from([7; 40]))).collect();
    for bodies in [HashMap::new(), altered] {
        let lossy = Held { bodies, ..copy.clone() };
        let Err(RestoreError::Losses(found)) = restore(&*store, &lossy).await else { panic!("a body is lost") };
        assert!(matches!(found.losses[..], [Loss::Body { .. }]), "{found:?}");
        assert!(is_empty(&*store).await);
    }
}

async fn a_missing_blob_ends_what_can_be_restored(place: &impl Place) {
    let (_, mut copy) = log_and_copy(place).await;
    copy.blobs.remove(&Hash::of_blob(&manifest())).unwrap();
    let other = place.another().await;
    let store = other.open().await;
    let Err(RestoreError::Losses(found)) = restore(&*store, &copy).await else { panic!("a blob is lost") };
    let Loss::Broken { position, why } = &found.losses[0] else { panic!("{found:?}") };
    assert!(why.contains(&format!("blob at {position}")), "{why}");
    assert!(is_empty(&*store).await);
}

async fn a_checkpoint_of_more_entries_tells_what_is_lost(place: &impl Place) {
    let (log, copy) = log_and_copy(place).await;
    export(&log).await;
    let later = log.checkpoints_after(0, 100).await.unwrap().pop().unwrap();
    let other = place.another().await;
    let store = other.open().await;
    let held: SignedCheckpoint = later.note.parse().unwrap();
    let against = verify::Options { checkpoint: Some(held), ..verify::Options::default() };
    let options = Options { against, accept_losses: false };
    let outcome = Log::restore(&*store, &copy, &options).await;
    let Err(RestoreError::Losses(found)) = outcome else { panic!("{outcome:?}") };
    let after = copy.entries.len() as u64;
    let by = "the given checkpoint".to_owned();
    assert_eq!(found.losses, [Loss::Entries { after, size: later.size, by }]);
    assert_eq!(found.shown.by_checkpoint, None);
    // The copy's own checkpoint says the same when its tail was cut off.
    let own = KeptCheckpoint { name: "last".into(), note: later.note.clone().into_bytes() };
    let cut = Held { checkpoints: vec![own], ..copy.clone() };
    let Err(RestoreError::Losses(found)) = restore(&*store, &cut).await else { panic!("the tail is cut off") };
    assert!(matches!(&found.losses[..], [Loss::Entries { size, .. }] if *size == later.size), "{found:?}");
    assert!(is_empty(&*store).await);
    // One that anybody could have made says nothing.
    let stranger = Signer::from_seed(ORIGIN, &[9; 32]).unwrap();
    let checkpoint = gpuaas_log::checkpoint::Checkpoint { origin: ORIGIN.into(), size: 99, root: Hash([1; 32]) };
    let note = SignedCheckpoint::sign(checkpoint, &[&stranger]).to_string().into_bytes();
    let fooled = Held { checkpoints: vec![KeptCheckpoint { name: "odd".into(), note }], ..copy };
    let Err(RestoreError::Losses(found)) = restore(&*store, &fooled).await else { panic!("it is of no use") };
    assert!(matches!(&found.losses[..], [Loss::Checkpoint { name, .. }] if name == "odd"), "{found:?}");
}

async fn entries_that_contradict_a_checkpoint_are_never_restored(place: &impl Place) {
    let (log, copy) = log_and_copy(place).await;
    let (size, root) = {
        let last: SignedCheckpoint = log.checkpoints_after(0, 100).await.unwrap().pop().unwrap().note.parse().unwrap();
        (last.checkpoint().size, last.checkpoint().root)
    };
    let signed = |size, root| {
        let checkpoint = gpuaas_log::checkpoint::Checkpoint { origin: ORIGIN.into(), size, root };
        SignedCheckpoint::sign(checkpoint, &[&signer()])
    };
    let other = place.another().await;
    let store = other.open().await;
    let forked = signed(size, Hash([5; 32]));
    let note = forked.to_string().into_bytes();
    let kept = Held { checkpoints: vec![KeptCheckpoint { name: "forked".into(), note }], ..copy.clone() };
    let wrong_root = Fault { position: size, kind: FaultKind::Root };
    let outcome = Log::restore(&*store, &kept, &accepting()).await;
    assert!(matches!(outcome, Err(RestoreError::Fault(fault)) if fault == wrong_root), "{outcome:?}");
    let stranger = Signer::from_seed(ORIGIN, &[9; 32]).unwrap();
    for (against, kind) in [
        (verify::Options { checkpoint: Some(forked), ..verify::Options::default() }, FaultKind::Root),
        (
            verify::Options { checkpoint: Some(signed(size - 1, root)), ..verify::Options::default() },
            FaultKind::Checkpoint,
        ),
    ] {
        let options = Options { against, accept_losses: true };
        let outcome = Log::restore(&*store, &copy, &options).await;
        assert!(matches!(outcome, Err(RestoreError::Fault(fault)) if fault.kind == kind), "{kind}: {outcome:?}");
        assert!(is_empty(&*store).await);
    }
    // A key that never signed is no fault of the entries.
    let against = verify::Options { keys: vec![stranger.verifier().clone()], ..verify::Options::default() };
    let outcome = Log::restore(&*store, &copy, &Options { against, accept_losses: true }).await;
    let Err(RestoreError::Outside(why)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(why, verify::Disagreement::Keys { signers: vec![signer().verifier().clone()], since: None });
    assert!(is_empty(&*store).await);
    let against = verify::Options {
        keys: vec![signer().verifier().clone()],
        checkpoint: Some(signed(size, root)),
        ..verify::Options::default()
    };
    let restored = Log::restore(&*store, &copy, &Options { against, accept_losses: false }).await.unwrap();
    assert_eq!((restored.shown.by_key, restored.shown.by_checkpoint), (true, Some(size)));
}

async fn what_is_held_from_outside_counts_all_of_it(place: &impl Place) {
    let (log, copy) = log_and_copy(place).await;
    let good: SignedCheckpoint = log.last_checkpoint().await.unwrap().unwrap().note.parse().unwrap();
    let at = |size, root| {
        let checkpoint = gpuaas_log::checkpoint::Checkpoint { origin: ORIGIN.into(), size, root };
        Some(SignedCheckpoint::sign(checkpoint, &[&signer()]))
    };
    let size = good.checkpoint().size;
    let against = verify::Options { checkpoint: Some(good.clone()), ..verify::Options::default() };
    let other = place.another().await;
    let store = other.open().await;
    // The kept one is of a longer log, or of another one, whatever the given one says.
    let longer = Options {
        against: verify::Options { kept: at(size + 400, Hash([1; 32])), ..against.clone() },
        accept_losses: false,
    };
    let outcome = Log::restore(&*store, &copy, &longer).await;
    let Err(RestoreError::Losses(found)) = outcome else { panic!("{outcome:?}") };
    assert!(
        matches!(&found.losses[..], [Loss::Entries { size: lost, by, .. }] if *lost == size + 400 && by.contains("kept"))
    );
    assert_eq!(found.shown.by_checkpoint, Some(size));
    let forked = verify::Options { kept: at(size, Hash([1; 32])), ..against.clone() };
    let outcome = Log::restore(&*store, &copy, &Options { against: forked, accept_losses: true }).await;
    assert!(matches!(outcome, Err(RestoreError::Fault(fault)) if fault.kind == FaultKind::Root), "{outcome:?}");
    // Witnesses that are demanded must have cosigned; a stolen key does not count alone.
    let witness = Cosigner::from_seed("witness.example/1", &[1; 32]).unwrap();
    let key = signer().verifier().clone();
    let policy: Policy = format!("log {key}\nwitness w {}\nquorum w\n", witness.key()).parse().unwrap();
    let stolen = |cut_off| vec![verify::Compromised { key: key.clone(), cut_off }];
    for refused in [
        verify::Options { policy: Some(policy.clone()), ..against.clone() },
        verify::Options { compromised: stolen(size), ..against.clone() },
    ] {
        let outcome = Log::restore(&*store, &copy, &Options { against: refused, accept_losses: true }).await;
        assert!(matches!(outcome, Err(RestoreError::Policy(_))), "{outcome:?}");
    }
    let beyond = verify::Options { compromised: stolen(size - 1), ..verify::Options::default() };
    let outcome = Log::restore(&*store, &copy, &Options { against: beyond, accept_losses: false }).await;
    let Err(RestoreError::Losses(found)) = outcome else { panic!("{outcome:?}") };
    assert!(found.losses.iter().all(|loss| matches!(loss, Loss::Checkpoint { .. })), "{found:?}");
    assert!(is_empty(&*store).await);
    let cosigned = good.clone().with([witness.cosign(good.checkpoint(), 1_700_000_000)]).to_string();
    let cosigned = KeptCheckpoint { name: "cosigned".into(), note: cosigned.into_bytes() };
    let copy = Held { checkpoints: vec![cosigned], ..copy };
    let met = verify::Options { policy: Some(policy), compromised: stolen(size), kept: Some(good), ..against };
    let restored = Log::restore(&*store, &copy, &Options { against: met, accept_losses: false }).await.unwrap();
    assert_eq!(restored.shown.by_checkpoint, Some(size));
}

/// Postgres takes a lock from a transaction that says nothing for ten seconds.
mod postgres_alone {
    use super::*;

    #[tokio::test]
    async fn a_source_that_is_slow_does_not_lose_the_lock() {
        let (_, copy) = log_and_copy(&SqlitePlace::new()).await;
        let place = PostgresPlace::new().await;
        let entries = copy.entries[..3].to_vec();
        let slow = Held { pause: Duration::from_secs(11), entries, checkpoints: Vec::new(), ..copy };
        let restored = Log::restore(&*place.open().await, &slow, &accepting()).await.unwrap();
        assert!((1..=3).contains(&restored.position));
        place.remove().await;
    }
}

async fn nothing_is_restored_into_a_log(place: &impl Place) {
    let (_, copy) = log_and_copy(place).await;
    let other = place.another().await;
    let there = new_log(&other).await;
    let before = *there.head().borrow();
    there.close().await;
    let store = other.open().await;
    assert!(matches!(Log::restore(&*store, &copy, &accepting()).await, Err(RestoreError::NotEmpty)));
    assert_eq!(store.head().await.unwrap().row.position, before);
}

async fn a_source_that_fails_leaves_nothing_behind(place: &impl Place) {
    let (_, copy) = log_and_copy(place).await;
    let other = place.another().await;
    let store = other.open().await;
    let gone = SourceError::Unavailable("it does not answer".into());
    let failing = Held { ends_with: Some(gone.clone()), ..copy.clone() };
    let outcome = Log::restore(&*store, &failing, &accepting()).await;
    assert!(matches!(&outcome, Err(RestoreError::Source(error)) if *error == gone), "{outcome:?}");
    assert!(is_empty(&*store).await);
    let outcome = restore(&*store, &Held::default()).await;
    assert!(matches!(outcome, Err(RestoreError::Empty(_))), "{outcome:?}");
    // And it is still a place for a good one.
    restore(&*store, &copy).await.unwrap();
}
