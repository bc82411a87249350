//! The same command again: answered with the place of the first.

use gpuaas_log::append::{Append, AppendError};
use gpuaas_log::hash::Hash;
use gpuaas_log::log::Log;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    a_command_is_appended_once,
    an_idempotency_hash_is_appended_once,
    a_duplicate_in_the_same_batch_is_found,
);

async fn answers_the_first(log: &Log, again: Append, first: &gpuaas_log::append::Appended, request: Option<Hash>) {
    match log.append(again).await {
        Err(AppendError::Duplicate { first: found, request: digest }) => {
            assert_eq!((&found, digest), (first, request));
        }
        other => panic!("not a duplicate: {other:?}"),
    }
}

async fn a_command_is_appended_once(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let command = create_project(org, 1);
    let first = log.append(command.clone()).await.unwrap();
    let mut other = create_project(org, 2);
    other.command_id = command.command_id;
    answers_the_first(&log, command.clone(), &first, None).await;
    answers_the_first(&log, other.clone(), &first, None).await;
    let log = reopen(place, log).await;
    answers_the_first(&log, other, &first, None).await;
    let log = reopen(place, log).await;
    answers_the_first(&log, command, &first, None).await;
    // Not a conflict, though its stream has moved on: by itself.
    let change = change_project(org, 1, 1);
    let changed = log.append(change.clone()).await.unwrap();
    let log = reopen(place, log).await;
    answers_the_first(&log, change, &changed, None).await;
    verify_all(&log).await;
}

async fn an_idempotency_hash_is_appended_once(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let (key, request) = (Hash([5; 32]), Some(Hash([6; 32])));
    let with_key = |number| {
        let mut append = create_project(org, number);
        append.metadata.idempotency = Some(key);
        append.metadata.request = request;
        append
    };
    let first = log.append(with_key(1)).await.unwrap();
    answers_the_first(&log, with_key(2), &first, request).await;
    let log = reopen(place, log).await;
    answers_the_first(&log, with_key(3), &first, request).await;
    let found = log.by_idempotency(key).await.unwrap().unwrap();
    assert_eq!((found.positions, found.request), (first.positions, request));
    assert!(log.by_idempotency(Hash([9; 32])).await.unwrap().is_none());
    verify_all(&log).await;
}

async fn a_duplicate_in_the_same_batch_is_found(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let mut appends: Vec<Append> = (0..10).map(|n| create_project(org, n)).collect();
    let key = Some(Hash([5; 32]));
    appends[4].metadata.idempotency = key;
    appends[8].metadata.idempotency = key;
    let outcomes = append_all(&log, appends).await;
    let first = outcomes[4].clone().unwrap();
    assert_eq!(outcomes[8], Err(AppendError::Duplicate { first, request: None }));
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 9);
    verify_all(&log).await;
}
