//! An archiver may end at any moment: the next one goes on.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_relay::archive::{Archiver, Objects};
use object_store::local::LocalFileSystem;
use tokio::sync::watch;

use super::breaking::Breaking;
use super::place::{Folder, LogPlace};
use super::world::{World, restore};

async fn archive(world: &World, objects: &Objects) -> bool {
    match Archiver::open(world.log.clone(), objects.clone()).await {
        Ok(mut archiver) => match archiver.advance().await {
            Ok(_) => true,
            Err(error) => {
                assert!(error.retryable(), "{error}");
                false
            }
        },
        Err(error) => {
            assert!(error.retryable(), "{error}");
            false
        }
    }
}

#[tokio::test]
async fn an_archiver_that_breaks_off_between_any_two_objects_is_taken_over() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    world.live(2).await;
    let erased = world.grow(2).await;
    world.sign().await;
    world.log.erase_payload(vec![erased[0]], "law".into()).await.unwrap();
    world.sign().await;
    let head = world.head().await;

    let undisturbed = Folder::new();
    world.archive(&undisturbed.objects()).await;
    let all = ["segments", "bodies", "checkpoints"];
    let mut times = 0;
    loop {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
        let objects = |times| Objects::new(Arc::new(Breaking::after(times, store.clone())), "a folder".into());
        let ended = archive(&world, &objects(times)).await;
        // Its successor finishes the work.
        assert!(archive(&world, &objects(usize::MAX)).await, "after {times}");
        for kind in all {
            let mut names: Vec<String> = std::fs::read_dir(folder.path().join(kind))
                .unwrap()
                .map(|file| file.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            assert_eq!(names, undisturbed.names(kind), "{kind} after {times}");
        }
        let other = LogPlace::sqlite();
        let restored = restore(&*other.open().await, &objects(usize::MAX)).await.unwrap();
        assert_eq!((restored.position, restored.hash), head);
        assert_eq!((restored.erased, restored.losses), (vec![erased[0]], vec![]));
        if ended {
            break;
        }
        times += 1;
    }
    assert!(times > 20, "it broke off {times} times");
}

#[tokio::test]
async fn an_outage_ends_nothing() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    world.live(1).await;
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    let breaking = Arc::new(Breaking::after(3, store));
    let mut failures = breaking.failures();
    let (reached, mut seen) = watch::channel(0);
    let short = Duration::from_millis(10);
    let objects = Objects::new(breaking.clone(), "a folder".into());
    let kept = tokio::spawn(Archiver::keep(world.log.clone(), objects, short, reached));
    // It breaks, and each time it is tried again it breaks again.
    failures.wait_for(|failures| *failures >= 3).await.unwrap();
    assert_eq!(*seen.borrow(), 0);
    breaking.mend();
    for _ in 0..2 {
        let size = world.log.published().await.unwrap();
        seen.wait_for(|position| *position == size).await.unwrap();
        world.live(1).await;
    }
    kept.abort();
}
