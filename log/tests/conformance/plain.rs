//! Appending, and reading what was appended.

use std::time::Duration;

use gpuaas_log::append::NewPayload;
use gpuaas_log::declaration::HEADS_COMMITTED;
use gpuaas_log::log::{Log, OpenError};

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(
    an_append_is_readable_where_it_says,
    the_head_shows_what_was_appended,
    concurrent_appends_leave_one_gapless_chain,
    appends_of_one_batch_see_each_other,
    a_batch_with_one_invalid_append_commits_the_others,
    a_log_goes_on_after_it_was_closed,
    a_store_holds_one_log,
    heads_are_committed_when_asked_and_not_twice,
    heads_are_committed_after_so_many_entries,
    what_is_declared_is_declared_once,
);

async fn an_append_is_readable_where_it_says(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let mut wanted = append(vec![
        on(project(1), Some(org), 0, vec![event("project.created"), event("project.changed")]),
        on(organization(org), Some(org), 1, vec![event("organization.renamed")]),
    ]);
    wanted.guards = vec![guard(project(2), 0), guard(organization(org), 1)];
    wanted.claims = vec![take(2), take(1)];
    let command_id = wanted.command_id;
    let appended = log.append(wanted).await.unwrap();
    assert_eq!(appended.positions.clone().count(), 3);

    let entries = log.read(*appended.positions.start() - 1, 10).await.unwrap();
    let decoded: Vec<_> = entries.iter().map(|entry| entry.entry().unwrap()).collect();
    assert_eq!(decoded.iter().map(|entry| entry.position).collect::<Vec<_>>(), appended.positions.collect::<Vec<_>>());
    assert_eq!(
        decoded.iter().map(|entry| entry.event).collect::<Vec<_>>(),
        ["project.created", "project.changed", "organization.renamed"]
    );
    assert_eq!(decoded.iter().map(|entry| entry.version).collect::<Vec<_>>(), [1, 2, 2]);
    assert_eq!(decoded.iter().map(|entry| entry.owner_sequence).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(decoded[0].guards.len(), 2);
    assert_eq!(decoded[0].claims.iter().map(|claim| claim.name.0[0]).collect::<Vec<_>>(), [1, 2]);
    assert!(decoded[1].guards.is_empty() && decoded[1].claims.is_empty());
    assert_eq!(decoded[0].decision.as_ref().unwrap().rules[..], ["rule.a", "rule.b"]);
    assert!(decoded.iter().all(|entry| entry.append.command_id == command_id && entry.append.count == 3));
    assert_eq!(entries[0].payload().unwrap().unwrap(), fields("project.created"));

    assert_eq!(log.stream_version(&project(1)).await.unwrap(), 2);
    assert_eq!(log.stream_version(&project(2)).await.unwrap(), 0);
    assert_eq!(log.read_stream(&project(1), 1, 10).await.unwrap()[0].position, decoded[1].position);
    assert_eq!(log.read_owner(org, 3, 10).await.unwrap()[0].position, decoded[2].position);
    assert_eq!(log.owner_sequence(org).await.unwrap(), 4);
    assert_eq!(log.owner_sequence(id(99)).await.unwrap(), 0);
    assert_eq!(log.entry(decoded[2].position).await.unwrap().unwrap().bytes, entries[2].bytes);
    assert!(log.entry(decoded[2].position + 1).await.unwrap().is_none());
    assert_eq!(log.claim_holder("project.name".into(), take(1).name).await.unwrap(), Some(project(1)));
    assert_eq!(log.claim_holder("project.name".into(), take(9).name).await.unwrap(), None);
    assert_eq!(*log.command(command_id).await.unwrap().unwrap().positions.start(), decoded[0].position);
    verify_all(&log).await;
}

async fn the_head_shows_what_was_appended(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let mut head = log.head();
    let before = *head.borrow_and_update();
    let appended = log.append(create_project(org, 1)).await.unwrap();
    assert_eq!(*head.borrow_and_update(), *appended.positions.end());
    assert_eq!(*appended.positions.start(), before + 1);
}

async fn concurrent_appends_leave_one_gapless_chain(place: &impl Place) {
    let log = new_log(place).await;
    let orgs: Vec<_> = (0..8).map(|n| id(100 + n)).collect();
    for outcome in append_all(&log, orgs.iter().map(|org| create_organization(*org)).collect()).await {
        outcome.unwrap();
    }
    for round in 0..5 {
        let appends = (0..64).map(|n| create_project(orgs[n as usize % 8], round * 64 + n)).collect();
        let mut positions: Vec<u64> = Vec::new();
        for outcome in append_all(&log, appends).await {
            positions.push(*outcome.unwrap().positions.start());
        }
        positions.sort_unstable();
        positions.dedup();
        assert_eq!(positions.len(), 64);
    }
    let report = verify_all(&log).await;
    assert!(report.size > 5 * 64);
}

async fn appends_of_one_batch_see_each_other(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    // Whoever takes the first alone leaves the others for one batch.
    let mut appends = vec![create_project(org, 0), create_project(org, 1)];
    appends[1].claims = vec![take(1)];
    appends.extend((1..20).map(|version| change_project(org, 1, version)));
    let mut releases = change_project(org, 1, 20);
    releases.claims = vec![release(1)];
    let mut takes = create_project(org, 2);
    takes.claims = vec![take(1)];
    takes.guards = vec![guard(project(1), 21)];
    appends.extend([releases, takes]);
    for outcome in append_all(&log, appends).await {
        outcome.unwrap();
    }
    assert_eq!(log.stream_version(&project(1)).await.unwrap(), 21);
    assert_eq!(log.claim_holder("project.name".into(), take(1).name).await.unwrap(), Some(project(2)));
    verify_all(&log).await;
}

async fn a_batch_with_one_invalid_append_commits_the_others(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let mut appends: Vec<_> = (0..30).map(|n| create_project(org, n)).collect();
    appends[7].streams[0].events[0].event = "project.forgotten".into();
    appends[11].streams[0].expected = 5;
    appends[13].claims = vec![release(1)];
    appends[17].streams[0].owner = Some(id(77));
    appends[19].command_id = appends[18].command_id;
    let outcomes = append_all(&log, appends).await;
    let refused: Vec<usize> = (0..30).filter(|n| outcomes[*n].is_err()).collect();
    assert_eq!(refused, [7, 11, 13, 17, 19]);
    for n in 0..30 {
        let written = log.stream_version(&project(n)).await.unwrap();
        assert_eq!(written, u64::from(!refused.contains(&(n as usize))), "project {n}");
    }
    verify_all(&log).await;
}

async fn a_log_goes_on_after_it_was_closed(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    log.append(create_project(org, 1)).await.unwrap();
    let before = *log.head().borrow();
    let log = reopen(place, log).await;
    assert_eq!(*log.head().borrow(), before);
    log.append(change_project(org, 1, 1)).await.unwrap();
    log.append(create_organization(id(11))).await.unwrap();
    assert_eq!(verify_all(&log).await.origin, ORIGIN);
}

async fn a_store_holds_one_log(place: &impl Place) {
    let store = place.open().await;
    let opened = Log::open(store.clone(), Default::default()).await;
    assert!(matches!(opened, Err(OpenError::Empty)));
    let log = Log::create(store.clone(), &genesis(), Default::default()).await.unwrap();
    assert_eq!(log.log_id(), genesis().log_id);
    let again = Log::create(store, &genesis(), Default::default()).await;
    assert!(matches!(again, Err(OpenError::NotEmpty)));
}

async fn heads_are_committed_when_asked_and_not_twice(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let first = log.commit_heads().await.unwrap();
    assert_eq!(log.commit_heads().await.unwrap(), first);
    assert_eq!(log.entry(first).await.unwrap().unwrap().entry().unwrap().event, HEADS_COMMITTED);
    let log = reopen(place, log).await;
    log.append(create_project(org, 1)).await.unwrap();
    assert_eq!(log.commit_heads().await.unwrap(), first + 2);
    verify_all(&log).await;
}

async fn heads_are_committed_after_so_many_entries(place: &impl Place) {
    let options = gpuaas_log::appender::AppenderOptions {
        heads_after_entries: Some(20),
        heads_every: None,
        ..Default::default()
    };
    let log = new_log_with(place, options).await;
    let org = id(10);
    log.append(create_organization(org)).await.unwrap();
    for round in 0..4 {
        append_all(&log, (0..25).map(|n| create_project(org, round * 25 + n)).collect()).await;
    }
    let mut head = log.head();
    let enough = |entries: &[gpuaas_log::entry::StoredEntry]| {
        entries.iter().filter(|entry| entry.entry().unwrap().event == HEADS_COMMITTED).count() >= 2
    };
    while !enough(&log.read(0, 1000).await.unwrap()) {
        tokio::time::timeout(Duration::from_secs(5), head.changed()).await.unwrap().unwrap();
    }
    verify_all(&log).await;
}

async fn what_is_declared_is_declared_once(place: &impl Place) {
    let log = new_log(place).await;
    let before = *log.head().borrow();
    log.declare(declarations()).await.unwrap();
    assert_eq!(*log.head().borrow(), before);

    let mut more = declarations();
    more.kinds.push(gpuaas_log::appender::KindDeclaration {
        kind: "slot".into(),
        owner: gpuaas_log::declaration::KindOwner::Either,
    });
    let mut newer = more.schemas[2].clone();
    newer.schema = 2;
    newer.descriptor = br#"{"type":"object","title":"second"}"#.to_vec();
    more.schemas.push(newer);
    log.declare(more.clone()).await.unwrap();
    assert_eq!(*log.head().borrow(), before + 2);

    more.schemas[0].descriptor = b"{}".to_vec();
    assert!(matches!(log.declare(more).await, Err(gpuaas_log::append::AppendError::Invalid(_))));

    let org = id(10);
    log.append(create_organization(org)).await.unwrap();
    let mut second = create_project(org, 1);
    second.streams[0].events[0].schema = 2;
    second.streams[0].events[0].payload = NewPayload::Inline(fields("second"));
    log.append(second).await.unwrap();
    verify_all(&log).await;
}
