//! A log is restored from the archive alone: from a folder and over the S3 API, out of both
//! stores and into both.

use gpuaas_log::Log;
use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::indexes;
use gpuaas_relay::archive::Objects;

use super::place::{Folder, LogPlace, s3};
use super::world::{World, restore};

async fn is_restored_to_the_same_head(from: LogPlace, to: LogPlace, objects: Objects) {
    let mut world = World::new(&from).await;
    world.live(3).await;
    let archived = world.archive(&objects).await;
    let before = world.log.export_whole(Vec::new()).await.unwrap();
    let head = world.head().await;
    assert_eq!(archived, head.0);
    // The log is gone: nothing but the archive is there.
    world.log.clone().close().await;
    from.remove().await;

    let store = to.open().await;
    let restored = restore(&*store, &objects).await.unwrap();
    assert_eq!((restored.position, restored.hash), head);
    assert!(restored.losses.is_empty() && restored.erased.is_empty(), "{restored:?}");
    assert_eq!(restored.checkpoint.as_ref().map(|(size, _)| *size), Some(head.0));
    indexes::check(&*store).await.unwrap();
    assert_eq!(store.checkpoints().await.unwrap().len(), 3);
    let log = Log::open(store, AppenderOptions::default()).await.unwrap();
    assert_eq!(log.export_whole(Vec::new()).await.unwrap(), before);

    // It goes on, in the same archive.
    let mut world = World::of(log).await;
    world.sign_nothing_new().await;
    let there = *world.log.head().borrow();
    world.grow_from(50, 1).await;
    world.sign().await;
    assert!(world.archive(&objects).await > there);
    world.log.close().await;
    to.remove().await;
}

mod folder {
    use super::*;

    #[tokio::test]
    async fn a_log_is_restored_to_the_same_head() {
        let folder = Folder::new();
        is_restored_to_the_same_head(LogPlace::sqlite(), LogPlace::sqlite(), folder.objects()).await;
        let files = [folder.names("segments"), folder.names("checkpoints")];
        assert_eq!(files.map(|files| files.len()), [4, 4], "a segment ends where a checkpoint does");
    }
}

mod s3_api {
    use super::*;

    #[tokio::test]
    async fn a_log_is_restored_to_the_same_head() {
        is_restored_to_the_same_head(LogPlace::sqlite(), LogPlace::sqlite(), s3()).await;
    }
}

mod postgres {
    use super::*;

    #[tokio::test]
    async fn a_log_is_restored_to_the_same_head() {
        let places = (LogPlace::postgres().await, LogPlace::postgres().await);
        is_restored_to_the_same_head(places.0, places.1, Folder::new().objects()).await;
    }

    #[tokio::test]
    async fn a_log_is_restored_over_the_s3_api() {
        let places = (LogPlace::postgres().await, LogPlace::postgres().await);
        is_restored_to_the_same_head(places.0, places.1, s3()).await;
    }

    #[tokio::test]
    async fn a_log_of_postgres_is_restored_into_sqlite() {
        is_restored_to_the_same_head(LogPlace::postgres().await, LogPlace::sqlite(), Folder::new().objects()).await;
    }

    #[tokio::test]
    async fn a_log_of_sqlite_is_restored_into_postgres() {
        is_restored_to_the_same_head(LogPlace::sqlite(), LogPlace::postgres().await, Folder::new().objects()).await;
    }
}
