//! What is altered, missing or cut off in an archive is found, named, and never restored.

use std::fs;

use gpuaas_log::restore::{Loss, Options, RestoreError, Restored};
use gpuaas_log::store::LogStore;
use gpuaas_log::verify;
use gpuaas_relay::archive::{ArchiveError, Archiver};

use super::place::{Folder, LogPlace};
use super::world::{World, accepting, is_empty, restore, restore_with};

/// An archive of five checkpoints.
async fn archived() -> (LogPlace, World, Folder) {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    world.live(5).await;
    let folder = Folder::new();
    world.archive(&folder.objects()).await;
    assert_eq!(folder.files("segments").len(), 5);
    (place, world, folder)
}

/// What a restore that is refused says, which leaves nothing behind.
async fn refused(store: &dyn LogStore, folder: &Folder) -> Restored {
    match restore(store, &folder.objects()).await {
        Err(RestoreError::Losses(found)) => {
            assert!(is_empty(store).await);
            *found
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_altered_segment_ends_what_can_be_restored_wherever_it_was_altered() {
    let (_place, world, folder) = archived().await;
    let to = LogPlace::sqlite();
    let store = to.open().await;
    let file = folder.files("segments")[2].clone();
    let good = fs::read(&file).unwrap();
    let name = file.file_name().unwrap().to_str().unwrap();
    let before = name[..20].parse::<u64>().unwrap() - 1;
    for at in (0..good.len()).step_by(97) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        fs::write(&file, bytes).unwrap();
        let found = refused(&*store, &folder).await;
        assert_eq!(found.position, before);
        let Loss::Broken { position, why } = &found.losses[0] else { panic!("{found:?}") };
        assert!(*position == before + 1 && why.contains(name), "{why}");
        // The checkpoints tell how much there was.
        let size = world.head().await.0;
        assert!(matches!(&found.losses[1], Loss::Entries { size: lost, .. } if *lost == size), "{found:?}");
    }
    fs::write(&file, &good[..good.len() / 2]).unwrap();
    refused(&*store, &folder).await;
    let restored = restore_with(&*store, &folder.objects(), &accepting()).await.unwrap();
    assert_eq!(restored.position, before);
    assert_eq!(restored.checkpoint.map(|(size, _)| size), Some(before));
}

#[tokio::test]
async fn a_missing_segment_is_named_and_written_again_from_the_log() {
    let (_place, world, folder) = archived().await;
    let to = LogPlace::sqlite();
    let store = to.open().await;
    let names = folder.names("segments");
    for gone in [1, 3] {
        fs::remove_file(&folder.files("segments")[gone]).unwrap();
        let found = refused(&*store, &folder).await;
        let (first, rest) = names[gone].split_at(20);
        let (first, last) = (first.parse::<u64>().unwrap(), rest[1..21].parse::<u64>().unwrap());
        let Loss::Broken { position, why } = &found.losses[0] else { panic!("{found:?}") };
        assert!(*position == first && why.contains(&format!("entries {first} to {last}")), "{why}");
        world.archive(&folder.objects()).await;
        assert_eq!(folder.names("segments"), names);
    }
    assert_eq!(restore(&*store, &folder.objects()).await.unwrap().position, world.head().await.0);
}

#[tokio::test]
async fn a_cut_tail_shows_in_its_checkpoint_or_in_one_kept_elsewhere() {
    let (_place, mut world, folder) = archived().await;
    let to = LogPlace::sqlite();
    let store = to.open().await;
    let held = world.sign_later().await;
    fs::remove_file(folder.files("segments").pop().unwrap()).unwrap();
    let found = refused(&*store, &folder).await;
    assert!(matches!(&found.losses[..], [Loss::Entries { after, size, .. }] if after < size), "{found:?}");
    // Without its checkpoint the archive is one of an earlier moment, and good as such.
    fs::remove_file(folder.files("checkpoints").pop().unwrap()).unwrap();
    let size = held.checkpoint().size;
    let against = verify::Options { checkpoint: Some(held), ..verify::Options::default() };
    let options = Options { against, accept_losses: false };
    let Err(RestoreError::Losses(told)) = restore_with(&*store, &folder.objects(), &options).await else {
        panic!("the checkpoint covers more")
    };
    assert!(matches!(&told.losses[..], [Loss::Entries { size: lost, .. }] if *lost == size), "{told:?}");
    let restored = restore(&*store, &folder.objects()).await.unwrap();
    assert_eq!((restored.position, restored.losses), (told.position, vec![]));
}

#[tokio::test]
async fn an_altered_body_or_checkpoint_is_a_loss() {
    let (_place, _world, folder) = archived().await;
    let to = LogPlace::sqlite();
    let store = to.open().await;
    let body = folder.files("bodies")[4].clone();
    let good = fs::read(&body).unwrap();
    fs::write(&body, &good[..good.len() - 1]).unwrap();
    assert!(matches!(refused(&*store, &folder).await.losses[..], [Loss::Body { .. }]));
    fs::remove_file(&body).unwrap();
    assert!(matches!(refused(&*store, &folder).await.losses[..], [Loss::Body { .. }]));
    fs::write(&body, good).unwrap();
    let checkpoint = folder.files("checkpoints")[0].clone();
    let good = fs::read_to_string(&checkpoint).unwrap();
    for bad in [good.replacen('\n', "x\n", 1), good[..good.len() - 9].to_owned(), good.replacen("— ", "- ", 1)] {
        fs::write(&checkpoint, bad).unwrap();
        let found = refused(&*store, &folder).await;
        assert!(matches!(&found.losses[..], [Loss::Checkpoint { name, .. }] if name.starts_with("checkpoints/")));
    }
    fs::write(&checkpoint, good).unwrap();
    restore(&*store, &folder.objects()).await.unwrap();
}

#[tokio::test]
async fn an_archiver_does_not_go_on_after_an_altered_segment() {
    let (_place, world, folder) = archived().await;
    let file = folder.files("segments").pop().unwrap();
    fs::write(&file, b"something else").unwrap();
    let opened = Archiver::open(world.log.clone(), folder.objects()).await;
    assert!(matches!(opened.map(drop), Err(error @ ArchiveError::Altered { .. }) if !error.retryable()));
    // Once it is taken away it is written again.
    fs::remove_file(&file).unwrap();
    world.archive(&folder.objects()).await;
    assert!(fs::read(&file).unwrap().len() > 100);
}

#[tokio::test]
async fn an_empty_archive_restores_nothing() {
    let to = LogPlace::sqlite();
    let store = to.open().await;
    let outcome = restore(&*store, &Folder::new().objects()).await;
    assert!(matches!(outcome, Err(RestoreError::Empty(_))), "{outcome:?}");
    // And what lies there besides is nobody's.
    let folder = Folder::new();
    let objects = folder.objects();
    let (_place, world, _) = archived().await;
    world.archive(&objects).await;
    fs::write(folder.files("segments")[0].with_file_name("README"), "hello").unwrap();
    restore(&*store, &objects).await.unwrap();
}
