//! Several archivers of one log do no harm, and those of two logs do not mix.

use gpuaas_log::Log;
use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::cosignature::{Cosigner, cosignatures};
use gpuaas_relay::archive::{ArchiveError, Archiver};

use super::place::{Folder, LogPlace};
use super::world::{World, restore};

#[tokio::test]
async fn archivers_that_run_at_once_write_the_same() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    let folder = Folder::new();
    let mut archivers = Vec::new();
    for _ in 0..4 {
        archivers.push(Archiver::open(world.log.clone(), folder.objects()).await.unwrap());
    }
    for _ in 0..5 {
        world.live(2).await;
        let outcomes = futures::future::join_all(archivers.iter_mut().map(Archiver::advance)).await;
        let size = world.head().await.0;
        assert!(outcomes.into_iter().all(|position| position.unwrap() == size));
    }
    assert_eq!((folder.files("segments").len(), folder.files("checkpoints").len()), (10, 10));
    let to = LogPlace::sqlite();
    let restored = restore(&*to.open().await, &folder.objects()).await.unwrap();
    assert_eq!((restored.position, restored.hash), world.head().await);
}

#[tokio::test]
async fn one_that_fell_behind_takes_over_what_is_there() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    let folder = Folder::new();
    let mut slow = Archiver::open(world.log.clone(), folder.objects()).await.unwrap();
    world.live(3).await;
    world.archive(&folder.objects()).await;
    let names = folder.names("segments");
    assert_eq!(slow.advance().await.unwrap(), world.head().await.0);
    assert_eq!(folder.names("segments"), names);
}

#[tokio::test]
async fn one_that_takes_over_a_declaration_writes_the_blobs_that_it_is_about() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    let folder = Folder::new();
    let mut slow = Archiver::open(world.log.clone(), folder.objects()).await.unwrap();
    world.declare_more().await;
    world.sign().await;
    world.archive(&folder.objects()).await;
    assert_eq!(slow.advance().await.unwrap(), world.head().await.0);
    // The segment that names the blob is the slow one's to write.
    let blob = world.use_later().await;
    world.sign().await;
    let names = folder.names("segments").len();
    slow.advance().await.unwrap();
    assert_eq!(folder.names("segments").len(), names + 1);
    let to = LogPlace::sqlite();
    let store = to.open().await;
    let restored = restore(&*store, &folder.objects()).await.unwrap();
    assert_eq!((restored.position, restored.hash), world.head().await);
    assert!(store.blob(blob).await.unwrap().is_some());
}

#[tokio::test]
async fn another_history_is_refused() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    world.live(1).await;
    let folder = Folder::new();
    world.archive(&folder.objects()).await;
    // A copy of the log goes another way than the log does.
    let to = LogPlace::sqlite();
    let store = to.open().await;
    restore(&*store, &folder.objects()).await.unwrap();
    let mut forked = World::of(Log::open(store, AppenderOptions::default()).await.unwrap()).await;
    let mut late = Archiver::open(forked.log.clone(), folder.objects()).await.unwrap();
    world.live(1).await;
    world.archive(&folder.objects()).await;
    let names = folder.names("segments");
    forked.grow_from(70, 4).await;
    forked.sign().await;
    for refused in
        [late.advance().await.map(drop), Archiver::open(forked.log.clone(), folder.objects()).await.map(drop)]
    {
        assert!(matches!(refused, Err(ArchiveError::AnotherHistory { .. })), "{refused:?}");
    }
    assert_eq!(folder.names("segments"), names);
    // Another log altogether is no better.
    let elsewhere = LogPlace::sqlite();
    let mut other = World::new(&elsewhere).await;
    other.live(9).await;
    let refused = Archiver::open(other.log.clone(), folder.objects()).await.map(drop);
    assert!(matches!(refused, Err(ArchiveError::AnotherHistory { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_log_that_lost_entries_is_told_so() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    world.live(1).await;
    let early = Folder::new();
    world.archive(&early.objects()).await;
    let folder = Folder::new();
    world.live(1).await;
    world.archive(&folder.objects()).await;
    let to = LogPlace::sqlite();
    let store = to.open().await;
    restore(&*store, &early.objects()).await.unwrap();
    let behind = Log::open(store, AppenderOptions::default()).await.unwrap();
    let refused = Archiver::open(behind, folder.objects()).await.map(drop);
    let Err(error @ ArchiveError::LogIsBehind { .. }) = refused else { panic!("{refused:?}") };
    assert!(!error.retryable() && error.to_string().contains("lost entries"), "{error}");
}

#[tokio::test]
async fn a_checkpoint_that_is_cosigned_late_is_archived_with_its_cosignature() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    let signed = world.sign_later().await;
    let folder = Folder::new();
    let mut archiver = Archiver::open(world.log.clone(), folder.objects()).await.unwrap();
    archiver.advance().await.unwrap();
    let witness = Cosigner::from_seed("example.com/witness", &[4; 32]).unwrap();
    let line = witness.cosign(signed.checkpoint(), 1_700_000_000);
    let size = signed.checkpoint().size;
    world.log.keep_cosignature(size, witness.key(), &line).await.unwrap();
    archiver.advance().await.unwrap();
    assert_eq!(folder.files("checkpoints").len(), 2);
    // Another one finds it there.
    world.archive(&folder.objects()).await;
    assert_eq!(folder.files("checkpoints").len(), 2);
    let to = LogPlace::sqlite();
    let store = to.open().await;
    restore(&*store, &folder.objects()).await.unwrap();
    let last = store.last_checkpoint().await.unwrap().unwrap();
    let restored: SignedCheckpoint = last.note.parse().unwrap();
    assert_eq!((last.size, cosignatures(&restored, [witness.key()]).unwrap().len()), (size, 1), "{}", last.note);
}
