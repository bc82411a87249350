//! What was erased in the log is erased in the archive too.

use std::fs;

use gpuaas_log::hash::Hash;
use gpuaas_relay::archive::Archiver;

use super::place::{Folder, LogPlace};
use super::world::{SECRET, World, restore};

/// Whether the archive holds what was said in a project.
fn holds(folder: &Folder, number: u64) -> bool {
    let wanted = format!("{number}: {SECRET}").into_bytes();
    folder.bytes().windows(wanted.len()).any(|window| window == wanted)
}

#[tokio::test]
async fn an_erased_body_is_erased_in_the_archive() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    let said = world.grow(3).await;
    world.sign().await;
    let folder = Folder::new();
    let mut archiver = Archiver::open(world.log.clone(), folder.objects()).await.unwrap();
    archiver.advance().await.unwrap();
    assert!((1..=3).all(|number| holds(&folder, number)));
    assert_eq!(folder.files("bodies").len(), 3);

    world.log.erase_payload(vec![said[1]], "law".into()).await.unwrap();
    world.sign().await;
    archiver.advance().await.unwrap();
    assert!(holds(&folder, 1) && !holds(&folder, 2) && holds(&folder, 3));
    assert_eq!(folder.files("bodies").len(), 2);

    let to = LogPlace::sqlite();
    let store = to.open().await;
    let restored = restore(&*store, &folder.objects()).await.unwrap();
    assert_eq!((restored.erased, restored.losses), (vec![said[1]], vec![]));
    assert!(store.entries(said[1] - 1, 1).await.unwrap()[0].body.is_none());
}

#[tokio::test]
async fn a_body_that_was_erased_before_it_was_archived_never_gets_there() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    let said = world.grow(2).await;
    world.log.erase_payload(said.clone(), "law".into()).await.unwrap();
    world.sign().await;
    let folder = Folder::new();
    world.archive(&folder.objects()).await;
    assert!(folder.files("bodies").is_empty() && !holds(&folder, 1) && !holds(&folder, 2));
}

#[tokio::test]
async fn a_body_that_comes_back_is_deleted_again() {
    let place = LogPlace::sqlite();
    let mut world = World::new(&place).await;
    let said = world.grow(1).await;
    world.sign().await;
    let folder = Folder::new();
    world.archive(&folder.objects()).await;
    let file = folder.files("bodies")[0].clone();
    let body = fs::read(&file).unwrap();
    world.log.erase_payload(said, "law".into()).await.unwrap();
    world.sign().await;
    world.archive(&folder.objects()).await;
    assert!(!file.exists());
    // A slower archiver writes it late, and ends. The next one sees to it.
    assert!(file.ends_with(Hash::of_detached(&body).to_string()));
    fs::write(&file, body).unwrap();
    world.archive(&folder.objects()).await;
    assert!(!file.exists());
}
