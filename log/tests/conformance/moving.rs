//! Out of a store and into another: the same bytes.

use std::io::Cursor;

use gpuaas_log::append::NewPayload;
use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::fault::FaultKind;
use gpuaas_log::hash::Hash;
use gpuaas_log::log::Log;
use gpuaas_log::store::LogStore;
use gpuaas_log::transfer::{ExportError, ImportError};
use gpuaas_log::verify::{Options, VerifyError, Whose, verify};

use super::on_both_stores;
use super::place::{Place, PostgresPlace, SqlitePlace};
use super::world::*;

on_both_stores!(
    an_import_leaves_a_log_that_goes_on,
    a_hostile_export_leaves_nothing_behind,
    an_organization_takes_its_entries_along,
    an_export_needs_a_checkpoint,
);

/// A log with something of everything.
pub(super) async fn full_log(place: &impl Place) -> Log {
    let (log, org) = log_with_organization(place).await;
    let mut blob = create_project(org, 1);
    let digest = Hash::of_blob(&manifest());
    let fields_of_blob = [&b"\x81\xa8manifest\xc4\x20"[..], &digest.0].concat();
    blob.streams[0].events[0].event = "project.artifact_added".into();
    blob.streams[0].events[0].payload = NewPayload::Detached(fields_of_blob);
    blob.blobs = vec![manifest()];
    blob.claims = vec![take(1), take(2)];
    log.append(blob).await.unwrap();
    let mut second = append(vec![
        on(project(1), Some(org), 1, vec![event("project.changed"), event("project.changed")]),
        on(project(2), Some(org), 0, vec![event("project.created")]),
    ]);
    second.claims = vec![release(2)];
    second.guards = vec![guard(organization(org), 1)];
    second.metadata.idempotency = Some(Hash([4; 32]));
    log.append(second).await.unwrap();
    let mut erased = create_project(org, 3);
    erased.streams[0].events[0].payload = NewPayload::Detached(fields("gone"));
    let position = *log.append(erased).await.unwrap().positions.start();
    log.commit_heads().await.unwrap();
    log.append(create_organization(id(11))).await.unwrap();
    log.append(enroll_node(1)).await.unwrap();
    log.erase_payload(vec![position], "law".into()).await.unwrap();
    log
}

async fn moves(from: &impl Place, to: &impl Place) {
    let log = full_log(from).await;
    let before = export(&log).await;
    let store = to.open().await;
    let report = Log::import(&*store, Cursor::new(before.clone())).await.unwrap();
    assert_eq!(report.size, *log.head().borrow());
    let moved = Log::open(store, AppenderOptions::default()).await.unwrap();
    assert_eq!(moved.export_whole(Vec::new()).await.unwrap(), before);
    let owner = |log: Log| async move { log.export_owner(id(10), Vec::new()).await.unwrap() };
    assert_eq!(owner(moved.clone()).await, owner(log).await);
    gpuaas_log::indexes::check(&*to_store(&moved, to).await).await.unwrap();
}

/// The store of a log that is closed now.
async fn to_store(log: &Log, place: &impl Place) -> std::sync::Arc<dyn LogStore> {
    log.clone().close().await;
    match place.try_open().await {
        Ok(store) => store,
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn an_export_of_sqlite_imports_into_postgres_with_the_same_bytes() {
    let postgres = PostgresPlace::new().await;
    moves(&SqlitePlace::new(), &postgres).await;
    postgres.remove().await;
}

#[tokio::test]
async fn an_export_of_postgres_imports_into_sqlite_with_the_same_bytes() {
    let postgres = PostgresPlace::new().await;
    moves(&postgres, &SqlitePlace::new()).await;
    postgres.remove().await;
}

async fn an_import_leaves_a_log_that_goes_on(place: &impl Place) {
    let log = full_log(place).await;
    let file = export(&log).await;
    let other = place.another().await;
    let store = other.open().await;
    Log::import(&*store, Cursor::new(file.clone())).await.unwrap();
    assert!(matches!(Log::import(&*store, Cursor::new(file)).await, Err(ImportError::NotEmpty)));
    let moved = Log::open(store, AppenderOptions::default()).await.unwrap();
    assert_eq!(moved.claim_holder("project.name".into(), take(1).name).await.unwrap(), Some(project(1)));
    assert_eq!(moved.claim_holder("project.name".into(), take(2).name).await.unwrap(), None);
    let mut duplicate = create_project(id(10), 7);
    duplicate.metadata.idempotency = Some(Hash([4; 32]));
    assert!(moved.append(duplicate).await.is_err());
    moved.append(change_project(id(10), 1, 3)).await.unwrap();
    verify_all(&moved).await;
}

async fn a_hostile_export_leaves_nothing_behind(place: &impl Place) {
    let log = full_log(place).await;
    let good = export(&log).await;
    let owners = log.export_owner(id(10), Vec::new()).await.unwrap();
    let other = place.another().await;
    let store = other.open().await;
    let mut hostile = vec![Vec::new(), b"not an export".to_vec(), good[..good.len() - 5].to_vec(), owners];
    hostile.extend((0..40).map(|n| {
        let mut bytes = good.clone();
        let at = good.len() * n / 40;
        bytes[at] ^= 0x20;
        bytes
    }));
    for bytes in hostile {
        assert!(Log::import(&*store, Cursor::new(bytes)).await.is_err());
        assert_eq!(store.head().await.unwrap().row.position, 0);
        assert!(store.rows(0, 10).await.unwrap().is_empty());
        assert!(store.claims().await.unwrap().is_empty());
        assert!(store.checkpoints().await.unwrap().is_empty());
        assert!(store.blob(Hash::of_blob(&manifest())).await.unwrap().is_none());
    }
    // And it is still a place for a good one.
    Log::import(&*store, Cursor::new(good)).await.unwrap();
}

async fn an_organization_takes_its_entries_along(place: &impl Place) {
    let log = full_log(place).await;
    export(&log).await;
    // Entries after the checkpoint are not part of it.
    log.append(change_project(id(10), 1, 3)).await.unwrap();
    let file = log.export_owner(id(10), Vec::new()).await.unwrap();
    let options = Options { keys: vec![signer().verifier().clone()], ..Options::default() };
    let report = verify(&mut Cursor::new(&file), &options, &mut |_| {}).unwrap();
    assert!(matches!(report.whose, Whose::Owner { owner, ref absent } if owner == id(10) && *absent == [6]));
    assert_eq!(report.entries, 6);
    assert!(matches!(log.export_owner(id(12), Vec::new()).await, Err(ExportError::NoSuchOwner)));

    let mut cut = file.clone();
    let last = file.len() - 100;
    cut[last] ^= 1;
    match verify(&mut Cursor::new(cut), &options, &mut |_| {}) {
        Err(VerifyError::Fault(fault)) => assert!(matches!(fault.kind, FaultKind::Heads | FaultKind::Root)),
        other => panic!("{other:?}"),
    }
}

async fn an_export_needs_a_checkpoint(place: &impl Place) {
    let (log, _) = log_with_organization(place).await;
    assert!(matches!(log.export_whole(Vec::new()).await, Err(ExportError::NoCheckpoint)));
    assert!(matches!(log.export_owner(id(10), Vec::new()).await, Err(ExportError::NoCheckpoint)));
}
