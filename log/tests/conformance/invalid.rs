//! Refusals because of what the append is.

use gpuaas_log::append::{Actor, Append, AppendError, NewPayload, StreamId};
use gpuaas_log::entry::Cause;
use gpuaas_log::hash::Hash;
use uuid::Uuid;

use super::on_both_stores;
use super::place::Place;
use super::world::*;

on_both_stores!(what_breaks_the_format_is_refused, what_was_not_declared_is_refused, blobs_are_brought_and_named);

/// What is changed, and how.
type Change<'n> = (&'n str, fn(&mut Append));

/// Each change to a good append makes it invalid, and nothing of it is written.
async fn refuses_each(place: &impl Place, changes: &[Change<'_>]) {
    let (log, org) = log_with_organization(place).await;
    let before = *log.head().borrow();
    for (name, change) in changes {
        let mut append = create_project(org, 1);
        change(&mut append);
        let outcome = log.append(append).await;
        assert!(matches!(outcome, Err(AppendError::Invalid(_))), "{name}: {outcome:?}");
    }
    assert_eq!(*log.head().borrow(), before);
    log.append(create_project(org, 1)).await.unwrap();
    verify_all(&log).await;
}

async fn what_breaks_the_format_is_refused(place: &impl Place) {
    refuses_each(
        place,
        &[
            ("no command id", |append| append.command_id = Uuid::nil()),
            ("command not a name", |append| append.metadata.command = "Do It".into()),
            ("no trace", |append| append.metadata.trace = [0; 16]),
            ("actor without id", |append| append.metadata.actor.id = None),
            ("nil actor id", |append| append.metadata.actor.id = Some(Uuid::nil())),
            ("actor kind with a dot", |append| append.metadata.actor.kind = "a.b".into()),
            ("user without decision", |append| append.metadata.decision = None),
            ("rule twice", |append| append.metadata.decision.as_mut().unwrap().rules = vec!["a".into(), "a".into()]),
            ("rule with a space", |append| append.metadata.decision.as_mut().unwrap().rules = vec!["a b".into()]),
            ("nobody's behalf", |append| append.metadata.actor.on_behalf_of = Some(StreamId::new("user", Uuid::nil()))),
            ("cause ahead", |append| append.metadata.cause = Cause::Here(1_000_000)),
            ("cause zero", |append| append.metadata.cause = Cause::Here(0)),
            ("no streams", |append| append.streams.clear()),
            ("no events", |append| append.streams[0].events.clear()),
            ("stream twice", |append| append.streams.push(append.streams[0].clone())),
            ("nil stream id", |append| append.streams[0].stream.id = Uuid::nil()),
            ("nil owner", |append| append.streams[0].owner = Some(Uuid::nil())),
            ("version too large", |append| append.streams[0].expected = u64::MAX - 1),
            ("schema zero", |append| append.streams[0].events[0].schema = 0),
            ("event of another kind", |append| append.streams[0].events[0].event = "node.enrolled".into()),
            ("guard twice", |append| append.guards = vec![guard(project(2), 0), guard(project(2), 0)]),
            ("guard of no kind", |append| append.guards = vec![guard(StreamId::new("A", id(2)), 0)]),
            ("claim twice", |append| append.claims = vec![take(1), release(1)]),
            ("scope not a name", |append| {
                append.claims = vec![gpuaas_log::append::ClaimChange { scope: "".into(), ..take(1) }]
            }),
            ("NUL", |append| append.streams[0].events[0].payload = NewPayload::Inline(fields("a\0b"))),
            ("not a map", |append| append.streams[0].events[0].payload = NewPayload::Inline(vec![0x01])),
            ("float", |append| {
                append.streams[0].events[0].payload = NewPayload::Inline(b"\x81\xa1a\xca\0\0\0\0".to_vec());
            }),
            ("long form", |append| {
                append.streams[0].events[0].payload = NewPayload::Inline(b"\x81\xa1a\xcc\x01".to_vec())
            }),
            ("trailing", |append| append.streams[0].events[0].payload = NewPayload::Detached(b"\x80\x80".to_vec())),
            ("key twice", |append| {
                append.streams[0].events[0].payload = NewPayload::Inline(b"\x82\xa1a\xc0\xa1a\xc0".to_vec())
            }),
            ("the log's own kind", |append| append.streams[0].stream = StreamId::new("log", genesis().log_id)),
        ],
    )
    .await;
}

async fn what_was_not_declared_is_refused(place: &impl Place) {
    refuses_each(
        place,
        &[
            ("kind", |append| {
                append.streams[0].stream.kind = "ghost".into();
                append.streams[0].events[0].event = "ghost.seen".into();
            }),
            ("event", |append| append.streams[0].events[0].event = "project.vanished".into()),
            ("schema", |append| append.streams[0].events[0].schema = 2),
            ("a project of the platform", |append| append.streams[0].owner = None),
            ("another's stream", |append| {
                append.streams[0].stream = organization(id(10));
                append.streams[0].owner = Some(id(11));
                append.streams[0].expected = 1;
                append.streams[0].events[0].event = "organization.renamed".into();
            }),
            ("an organization that does not exist", |append| append.streams[0].owner = Some(id(55))),
            ("an organization owned by another", |append| {
                append.streams[0].stream = organization(id(56));
                append.streams[0].events[0].event = "organization.created".into();
            }),
            ("an organization that begins otherwise", |append| {
                append.streams[0].stream = organization(id(57));
                append.streams[0].owner = Some(id(57));
                append.streams[0].events[0].event = "organization.renamed".into();
            }),
            ("a node of an organization", |append| {
                append.streams[0].stream = StreamId::new("node", id(3));
                append.streams[0].events[0].event = "node.enrolled".into();
            }),
            ("a node that acts as the system", |append| {
                append.metadata.actor = Actor::system();
                append.metadata.decision = None;
                append.streams[0].events[0].schema = 3;
            }),
        ],
    )
    .await;
}

#[derive(serde::Serialize)]
struct Artifact {
    #[serde(with = "serde_bytes")]
    manifest: Vec<u8>,
}

fn add_artifact(org: Uuid, number: u64, manifest: &[u8]) -> Append {
    let mut append = create_project(org, number);
    let fields = gpuaas_log::payload::encode(&Artifact { manifest: manifest.to_vec() }).unwrap();
    append.streams[0].events[0].event = "project.artifact_added".into();
    append.streams[0].events[0].payload = NewPayload::Inline(fields);
    append
}

async fn blobs_are_brought_and_named(place: &impl Place) {
    let (log, org) = log_with_organization(place).await;
    let digest = Hash::of_blob(&manifest());
    let invalid =
        |outcome: Result<_, AppendError>| assert!(matches!(outcome, Err(AppendError::Invalid(_))), "{outcome:?}");
    let mut unnamed = create_project(org, 1);
    unnamed.blobs = vec![manifest()];
    invalid(log.append(unnamed).await);
    invalid(log.append(add_artifact(org, 1, &digest.0)).await);
    let mut short = add_artifact(org, 1, &digest.0[..31]);
    short.blobs = vec![manifest()];
    invalid(log.append(short).await);

    let mut brings = add_artifact(org, 1, &digest.0);
    brings.blobs = vec![manifest()];
    log.append(brings.clone()).await.unwrap();
    assert_eq!(log.blob(digest).await.unwrap().unwrap(), manifest());
    // It is there now: it need not be brought, and may be.
    let log = reopen(place, log).await;
    log.append(add_artifact(org, 2, &digest.0)).await.unwrap();
    let mut again = add_artifact(org, 3, &digest.0);
    again.blobs = vec![manifest()];
    log.append(again).await.unwrap();
    assert!(log.blob(Hash([1; 32])).await.unwrap().is_none());
    verify_all(&log).await;
}
