//! Sizes: entries, appends, the queue; and bodies outside of the entries.

use std::time::Duration;

use gpuaas_log::append::{Actor, Append, AppendError, NewPayload};
use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::log::Log;
use uuid::Uuid;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    an_entry_that_is_too_large_is_refused,
    an_append_that_is_too_large_is_refused,
    a_detached_body_is_read_and_erased,
    a_full_queue_refuses_and_keeps_a_reserve_for_policies,
    what_waits_too_long_is_refused,
);

fn with_payload(org: Uuid, number: u64, payload: NewPayload) -> Append {
    let mut append = create_project(org, number);
    append.streams[0].events[0].payload = payload;
    append
}

async fn an_entry_that_is_too_large_is_refused(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let large = |length: usize| fields(&"x".repeat(length));
    log.append(with_payload(org, 1, NewPayload::Inline(large(64_000)))).await.unwrap();
    let outcome = log.append(with_payload(org, 2, NewPayload::Inline(large(65_530)))).await;
    assert!(matches!(outcome, Err(AppendError::TooLarge(_))), "{outcome:?}");
    let mut guarded = create_project(org, 2);
    guarded.guards = (100..3_000).map(|n| guard(project(n), 0)).collect();
    let outcome = log.append(guarded).await;
    assert!(matches!(outcome, Err(AppendError::TooLarge(_))), "{outcome:?}");
    log.append(with_payload(org, 2, NewPayload::Detached(large(500_000)))).await.unwrap();
    verify_all(&log).await;
}

async fn an_append_that_is_too_large_is_refused(place: &impl Place) {
    let options = AppenderOptions { append_entries: 10, append_bytes: 100_000, ..AppenderOptions::default() };
    let log = new_log_with(place, options).await;
    let org = id(10);
    log.append(create_organization(org)).await.unwrap();
    let mut many = create_project(org, 1);
    many.streams[0].events = (0..11).map(|_| event("project.created")).collect();
    assert!(matches!(log.append(many.clone()).await, Err(AppendError::TooLarge(_))));
    many.streams[0].events.pop();
    log.append(many).await.unwrap();
    let heavy = with_payload(org, 2, NewPayload::Detached(fields(&"x".repeat(100_000))));
    assert!(matches!(log.append(heavy).await, Err(AppendError::TooLarge(_))));
    verify_all(&log).await;
}

async fn a_detached_body_is_read_and_erased(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let payload = fields("a secret of some size");
    let appended = log.append(with_payload(org, 1, NewPayload::Detached(payload.clone()))).await.unwrap();
    let position = *appended.positions.start();
    let stored = log.entry(position).await.unwrap().unwrap();
    assert_eq!(stored.payload().unwrap().unwrap(), payload);
    assert!(!stored.bytes.windows(8).any(|bytes| bytes == b"a secret"));
    assert!(export(&log).await.windows(8).any(|bytes| bytes == b"a secret"));

    assert!(matches!(log.erase_payload(vec![1], "law".into()).await, Err(AppendError::Invalid(_))));
    log.erase_payload(vec![position], "law".into()).await.unwrap();
    let stored = log.entry(position).await.unwrap().unwrap();
    assert_eq!(stored.payload().unwrap(), None);
    let after = export(&log).await;
    assert!(!after.windows(8).any(|bytes| bytes == b"a secret"));
    assert_eq!(verified(after).whose, gpuaas_log::verify::Whose::Whole { erased: vec![position] });
}

async fn a_full_queue_refuses_and_keeps_a_reserve_for_policies(place: &impl Place) {
    let options = AppenderOptions { queue_bytes: 40_000, policy_reserve: 20_000, ..AppenderOptions::default() };
    let log = new_log_with(place, options).await;
    let orgs: Vec<Uuid> = (0..8).map(|n| id(100 + n)).collect();
    append_all(&log, orgs.iter().map(|org| create_organization(*org)).collect()).await;
    let mut appends: Vec<Append> =
        (0..200).map(|n| with_payload(orgs[n % 8], n as u64, NewPayload::Inline(fields(&"x".repeat(1_000))))).collect();
    let mut policy = create_project(orgs[0], 500);
    policy.metadata.actor = Actor { kind: "policy".into(), ..policy.metadata.actor };
    policy.metadata.decision = None;
    appends.push(policy);
    let outcomes = append_all(&log, appends).await;
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(AppendError::Overloaded { .. }))).count();
    let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(refused > 0, "the queue was never full");
    assert_eq!(refused + written, outcomes.len());
    assert!(outcomes.last().unwrap().is_ok(), "the policy came after all others and had its reserve");
    log.append(create_project(orgs[0], 501)).await.unwrap();
    verify_all(&log).await;
}

async fn what_waits_too_long_is_refused(place: &impl Place) {
    let options = AppenderOptions { deadline: Duration::from_millis(150), ..AppenderOptions::default() };
    let store = place.open().await;
    let log = Log::create(store.clone(), &genesis(), options).await.unwrap();
    let org = id(10);
    log.append(create_organization(org)).await.unwrap();
    // Somebody else holds the head: the first batch waits for it, the rest in the queue.
    let locked = store.lock().await.unwrap();
    let first = tokio::spawn({
        let log = log.clone();
        async move { log.append(create_project(org, 1)).await }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    // While a batch is in flight the next is gathered at once; one that does not fit waits.
    let waits: Vec<Append> = (2..2_000).map(|n| create_project(org, n)).collect();
    let waiting = append_all(&log, waits);
    let release = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        drop(locked);
    };
    let (outcomes, ()) = futures::join!(waiting, release);
    first.await.unwrap().unwrap();
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(AppendError::Overloaded { .. }))).count();
    assert!(refused > 0, "nothing waited too long");
    verify_all(&log).await;
}
