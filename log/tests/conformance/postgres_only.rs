//! What only a server that is shared can do.

use std::time::Duration;

use gpuaas_log::append::AppendError;
use gpuaas_log::appender::{AppenderOptions, Condition};
use gpuaas_log::log::Log;
use gpuaas_log::store::{PostgresLog, PostgresOptions, StoreError};
use tokio::time::timeout;

use super::place::{Place, PostgresPlace};
use super::world::*;

/// Two processes' worth of handles on one log.
async fn two_handles(place: &PostgresPlace) -> (Log, Log) {
    let (log, _) = log_with_organization(place).await;
    let other = Log::open(place.open().await, AppenderOptions::default()).await.unwrap();
    (log, other)
}

#[tokio::test]
async fn two_handles_append_to_one_chain() {
    let place = PostgresPlace::new().await;
    let (one, two) = two_handles(&place).await;
    let org = id(10);
    let appends = |handle: &Log, from: u64| {
        let (handle, numbers) = (handle.clone(), from..from + 300);
        async move { append_all(&handle, numbers.map(|n| create_project(org, n)).collect()).await }
    };
    let (of_one, of_two) = futures::join!(appends(&one, 0), appends(&two, 1_000));
    assert!(of_one.iter().chain(&of_two).all(Result::is_ok), "nothing conflicts");
    assert_eq!(verify_all(&one).await.size, *two.head().wait_for(|head| *head >= 600).await.unwrap());
    place.remove().await;
}

#[tokio::test]
async fn an_entry_of_another_process_is_noticed() {
    let place = PostgresPlace::new().await;
    let (one, two) = two_handles(&place).await;
    let mut head = two.head();
    for number in 0..10 {
        let appended = one.append(create_project(id(10), number)).await.unwrap();
        let last = *appended.positions.end();
        timeout(Duration::from_secs(30), head.wait_for(|head| *head >= last)).await.unwrap().unwrap();
    }
    place.remove().await;
}

#[tokio::test]
async fn what_another_process_wrote_is_judged_on_and_never_what_it_overtook() {
    let place = PostgresPlace::new().await;
    let (one, two) = two_handles(&place).await;
    let org = id(10);
    let mut taking = create_project(org, 1);
    taking.claims = vec![take(1)];
    let command = taking.command_id;
    one.append(taking.clone()).await.unwrap();
    // The other has not heard of it: this is no conflict.
    two.append(change_project(org, 1, 1)).await.unwrap();
    let conflict = one.append(change_project(org, 1, 1)).await;
    assert!(matches!(conflict, Err(AppendError::VersionConflict { actual: 2, .. })), "{conflict:?}");
    let mut guarded = create_project(org, 2);
    guarded.guards = vec![guard(project(1), 2)];
    guarded.claims = vec![take(1)];
    assert!(matches!(two.append(guarded).await, Err(AppendError::ClaimTaken { .. })));
    assert!(matches!(two.append(taking).await, Err(AppendError::Duplicate { .. })));
    assert!(two.command(command).await.unwrap().is_some());
    verify_all(&two).await;
    place.remove().await;
}

#[tokio::test]
async fn a_stopped_log_is_stopped_for_every_process() {
    let place = PostgresPlace::new().await;
    let (one, two) = two_handles(&place).await;
    place.tamper("UPDATE log_head SET stopped = 'an operator said so'").await;
    for log in [&one, &two] {
        let outcome = log.append(create_project(id(10), 1)).await;
        assert_eq!(outcome, Err(AppendError::Stopped("an operator said so".into())));
    }
    one.resume().await.unwrap();
    for (number, log) in [(1, &one), (2, &two)] {
        log.condition().wait_for(|condition| *condition == Condition::Running).await.unwrap();
        log.append(create_project(id(10), number)).await.unwrap();
    }
    place.remove().await;
}

#[tokio::test]
async fn a_broken_connection_loses_and_doubles_nothing() {
    let place = PostgresPlace::new().await;
    let (log, org) = log_with_organization(&place).await;
    let mut next = 0;
    for _ in 0..10 {
        let appends: Vec<_> = (next..next + 100).map(|n| create_project(org, n)).collect();
        let cut = async {
            tokio::time::sleep(Duration::from_millis(3)).await;
            place.disconnect_all().await;
        };
        let (outcomes, ()) = futures::join!(append_all(&log, appends), cut);
        for (n, outcome) in (next..).zip(outcomes) {
            let version = log.stream_version(&project(n)).await.unwrap();
            match outcome {
                Ok(_) => assert_eq!(version, 1),
                Err(AppendError::Unavailable(_)) => assert_eq!(version, 0),
                Err(error) => panic!("{error}"),
            }
        }
        next += 100;
        log.condition().wait_for(|condition| *condition == Condition::Running).await.unwrap();
    }
    verify_all(&log).await;
    place.remove().await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_clear_error() {
    let nowhere = PostgresOptions::new("postgres://nobody@127.0.0.1:9/nothing");
    assert!(matches!(PostgresLog::open(nowhere).await.err(), Some(StoreError::Unavailable(_))));
    let not_a_url = PostgresOptions::new("nowhere");
    assert!(matches!(PostgresLog::open(not_a_url).await.err(), Some(StoreError::Unavailable(_))));
}
