//! Time: it never goes back, and a wrong clock does not append.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use gpuaas_log::append::AppendError;
use gpuaas_log::appender::{AppenderOptions, Condition, system_clock};

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    a_clock_that_is_two_seconds_off_does_not_append,
    a_head_from_the_future_stops_appends,
    time_does_not_go_back,
);

/// A clock that is off by so many microseconds.
fn clock_off_by(offset: &Arc<AtomicI64>) -> AppenderOptions {
    let (offset, right) = (Arc::clone(offset), system_clock());
    let now = move || right().saturating_add_signed(offset.load(Ordering::SeqCst));
    AppenderOptions { now: Arc::new(now), ..AppenderOptions::default() }
}

async fn a_clock_that_is_two_seconds_off_does_not_append(place: &impl Place) {
    let offset = Arc::new(AtomicI64::new(0));
    let log = new_log_with(place, clock_off_by(&offset)).await;
    let org = id(10);
    log.append(create_organization(org)).await.unwrap();
    for off in [3_000_000, -3_000_000] {
        offset.store(off, Ordering::SeqCst);
        let outcome = log.append(create_project(org, 1)).await;
        assert!(matches!(&outcome, Err(AppendError::Unavailable(why)) if why.contains("clock")), "{outcome:?}");
        assert_eq!(log.stream_version(&project(1)).await.unwrap(), 0);
        // Right again: it goes on by itself.
        offset.store(0, Ordering::SeqCst);
        log.condition().wait_for(|condition| *condition == Condition::Running).await.unwrap();
    }
    log.append(create_project(org, 1)).await.unwrap();
    verify_all(&log).await;
}

async fn a_head_from_the_future_stops_appends(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    log.close().await;
    let ahead = system_clock()() + 60_000_000;
    place.tamper(&format!("UPDATE log_head SET recorded_at = {ahead}")).await;
    let log = gpuaas_log::log::Log::open(place.open().await, AppenderOptions::default()).await.unwrap();
    let outcome = log.append(create_project(org, 1)).await;
    assert!(matches!(&outcome, Err(AppendError::Unavailable(why)) if why.contains("ahead")), "{outcome:?}");
}

async fn time_does_not_go_back(place: &impl Place) {
    let offset = Arc::new(AtomicI64::new(1_000_000));
    let log = new_log_with(place, clock_off_by(&offset)).await;
    let org = id(10);
    let first = log.append(create_organization(org)).await.unwrap();
    offset.store(-1_000_000, Ordering::SeqCst);
    let second = log.append(create_project(org, 1)).await.unwrap();
    assert_eq!(second.recorded_at, first.recorded_at);
    verify_all(&log).await;
}
