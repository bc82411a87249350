//! Refusals because of what is in the log: versions, guards, claims.

use gpuaas_log::append::AppendError;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    a_stream_that_moved_on_is_a_conflict,
    a_guarded_stream_that_moved_on_is_a_conflict,
    a_name_is_taken_once,
    a_name_is_released_by_its_holder_alone,
    of_many_who_want_the_same_one_wins,
);

async fn a_stream_that_moved_on_is_a_conflict(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    log.append(create_project(org, 1)).await.unwrap();
    let conflict = |expected, actual| AppendError::VersionConflict { stream: project(1), expected, actual };
    assert_eq!(log.append(create_project(org, 1)).await, Err(conflict(0, 1)));
    assert_eq!(log.append(change_project(org, 1, 3)).await, Err(conflict(3, 1)));
    // What is not remembered is looked up, or refused by the store.
    let log = reopen(place, log).await;
    assert_eq!(log.append(create_project(org, 1)).await, Err(conflict(0, 1)));
    let log = reopen(place, log).await;
    assert_eq!(log.append(change_project(org, 1, 3)).await, Err(conflict(3, 1)));
    log.append(change_project(org, 1, 1)).await.unwrap();
    verify_all(&log).await;
}

async fn a_guarded_stream_that_moved_on_is_a_conflict(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let guarded = |stream, version| {
        let mut append = create_project(org, 1);
        append.guards = vec![guard(stream, version)];
        append
    };
    let conflict = |stream, expected, actual| Err(AppendError::GuardConflict { stream, expected, actual });
    let mut log = log;
    for _ in 0..2 {
        assert_eq!(log.append(guarded(organization(org), 2)).await, conflict(organization(org), 2, 1));
        assert_eq!(log.append(guarded(organization(org), 0)).await, conflict(organization(org), 0, 1));
        assert_eq!(log.append(guarded(project(5), 1)).await, conflict(project(5), 1, 0));
        log = reopen(place, log).await;
    }
    log.append(guarded(organization(org), 1)).await.unwrap();
    verify_all(&log).await;
}

async fn a_name_is_taken_once(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let taking = |number| {
        let mut append = create_project(org, number);
        append.claims = vec![take(1)];
        append
    };
    log.append(taking(1)).await.unwrap();
    let taken = || AppendError::ClaimTaken { scope: "project.name".into(), name: take(1).name, holder: project(1) };
    assert_eq!(log.append(taking(2)).await, Err(taken()));
    let mut again = change_project(org, 1, 1);
    again.claims = vec![take(1)];
    assert_eq!(log.append(again).await, Err(taken()));
    let log = reopen(place, log).await;
    assert_eq!(log.append(taking(2)).await, Err(taken()));
    let mut releasing = change_project(org, 1, 1);
    releasing.claims = vec![release(1)];
    log.append(releasing).await.unwrap();
    log.append(taking(2)).await.unwrap();
    assert_eq!(log.claim_holder("project.name".into(), take(1).name).await.unwrap(), Some(project(2)));
    verify_all(&log).await;
}

async fn a_name_is_released_by_its_holder_alone(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let mut taking = create_project(org, 1);
    taking.claims = vec![take(1)];
    log.append(taking).await.unwrap();
    let not_held = |name: u8| AppendError::ClaimNotHeld { scope: "project.name".into(), name: take(name).name };
    let mut foreign = create_project(org, 2);
    foreign.claims = vec![release(1)];
    assert_eq!(log.append(foreign).await, Err(not_held(1)));
    let mut free = change_project(org, 1, 1);
    free.claims = vec![release(2)];
    assert_eq!(log.append(free).await, Err(not_held(2)));
    verify_all(&log).await;
}

async fn of_many_who_want_the_same_one_wins(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let taking = |number| {
        let mut append = create_project(org, number);
        append.claims = vec![take(1)];
        append
    };
    let outcomes = append_all(&log, (0..40).map(taking).collect()).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let rename = || append(vec![on(organization(org), Some(org), 1, vec![event("organization.renamed")])]);
    let outcomes = append_all(&log, (0..40).map(|_| rename()).collect()).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().err())
            .all(|error| matches!(error, AppendError::VersionConflict { expected: 1, actual: 2, .. }))
    );
    verify_all(&log).await;
}
