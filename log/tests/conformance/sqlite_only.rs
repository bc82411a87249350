//! What only a directory can do wrong.

use std::sync::Arc;

use gpuaas_log::append::{AppendError, NewPayload};
use gpuaas_log::appender::{AppenderOptions, Condition};
use gpuaas_log::log::Log;
use gpuaas_log::store::{LogStore, SqliteLog, SqliteOptions, StoreError};

use super::place::{Place, SqlitePlace};
use super::world::*;

#[tokio::test]
async fn a_second_server_on_one_directory_is_refused() {
    let place = SqlitePlace::new();
    let log = new_log(&place).await;
    let second = place.try_open().await.err();
    assert_eq!(second, Some(StoreError::InUse(place.directory.path().to_owned())));
    assert!(second.unwrap().to_string().contains("another server is running"));
    log.close().await;
    place.open().await;
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_to_is_a_clear_error() {
    // Not even root writes there.
    for directory in ["/sys/kernel", "/sys/kernel/log-of-a-test"] {
        let error = SqliteLog::open(SqliteOptions::new(directory)).await.err().unwrap();
        assert!(matches!(&error, StoreError::ReadOnly(place) if place.contains(directory)), "{error}");
    }
}

#[tokio::test]
async fn a_full_store_refuses_and_goes_on_when_there_is_room() {
    let place = SqlitePlace::new();
    let small = SqliteOptions { max_bytes: Some(1 << 20), ..SqliteOptions::new(place.directory.path()) };
    let store: Arc<dyn LogStore> = Arc::new(SqliteLog::open(small).await.unwrap());
    let log = Log::create(store, &genesis(), AppenderOptions::default()).await.unwrap();
    let org = id(10);
    log.append(create_organization(org)).await.unwrap();
    let large = |number| {
        let mut append = create_project(org, number);
        append.streams[0].events[0].payload = NewPayload::Detached(fields(&"x".repeat(200_000)));
        append
    };
    let mut written = 0;
    let error = loop {
        match log.append(large(written)).await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(&error, AppendError::Unavailable(why) if why.contains("full")), "{error}");
    assert!((1..10).contains(&written));
    assert_eq!(log.stream_version(&project(written)).await.unwrap(), 0, "nothing of it was written");
    log.close().await;

    let log = Log::open(place.open().await, AppenderOptions::default()).await.unwrap();
    log.append(large(written)).await.unwrap();
    assert_eq!(*log.condition().borrow(), Condition::Running);
    verify_all(&log).await;
}
