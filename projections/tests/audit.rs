//! What searches of the audit trail find.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::access::{self, Access};
use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::project::Project;
use gpuaas_domain::{Timestamp, organization, project};
use gpuaas_log::append::{Actor, Append, Decision, Metadata, Name, NewEvent, NewPayload, StreamAppend, StreamId};
use gpuaas_log::entry::Cause;
use gpuaas_log::hash::Hash;
use gpuaas_projections::audit::{AuditTrail, Outcome, Record};
use gpuaas_projections::queries::{MAX_LIMIT, Queries, QueryError, Search, SearchPage};
use uuid::Uuid;

use crate::database::Database;
use crate::history::{Step, World};
use crate::log::TestLog;
use crate::on_both;
use crate::servers::Server;

on_both! {
    a_record_says_who_did_what_to_what_and_by_which_rules,
    each_condition_narrows,
    a_denial_is_found_by_what_was_denied,
    pages_put_together_are_the_search,
    each_owner_has_the_record_of_its_own_part,
    an_append_across_two_batches_is_one_record,
    what_followed_is_found_by_its_cause,
    a_rebuild_finds_the_same,
}

const ADA: Uuid = Uuid::from_u128(0xada);
const TRACE: [u8; 16] = [7; 16];

fn acme() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(1))
}

fn other() -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(2))
}

struct Story {
    world: World,
    server: Server,
    commands: u128,
}

/// What the system does, for no reason, under a trace that nothing else has.
fn by_system(command: &'static str) -> Metadata {
    Metadata {
        command: Name::Borrowed(command),
        idempotency: None,
        request: None,
        actor: Actor::system(),
        decision: None,
        trace: [1; 16],
        cause: Cause::None,
    }
}

fn by_ada(command: &'static str) -> Metadata {
    let actor = Actor { kind: "user".into(), id: Some(ADA), token: Some(Uuid::from_u128(9)), on_behalf_of: None };
    let decision = Decision { rule_set: Hash([5; 32]), rules: vec!["org-admin".to_owned()] };
    Metadata { actor, decision: Some(decision), trace: TRACE, ..by_system(command) }
}

impl Story {
    async fn on(database: &Database) -> Self {
        let log = Arc::new(TestLog::create().await);
        let server = Server::with(log, database, AuditTrail::default()).await;
        let mut story = Self { world: World::default(), server, commands: 0 };
        for (id, slug) in [(acme(), "acme"), (other(), "other")] {
            let create = organization::Command::Create { slug: slug.into(), display_name: "O".into() };
            let step = story.world.decide::<organization::Organization>(id, Some(id.uuid()), create).unwrap();
            story.append(vec![step], by_system("organization.create")).await;
        }
        story
    }

    /// Position of the append's first entry.
    async fn append(&mut self, steps: Vec<Step>, metadata: Metadata) -> u64 {
        self.commands += 1;
        let streams = steps.into_iter().map(|step| StreamAppend {
            stream: StreamId::new(step.kind, step.id),
            owner: step.owner,
            expected: step.expected,
            events: step
                .events
                .into_iter()
                .map(|(event, schema, payload)| NewEvent {
                    event: Name::Borrowed(event),
                    schema,
                    payload: NewPayload::Inline(payload),
                })
                .collect(),
        });
        let append = Append {
            command_id: Uuid::from_u128(0xc0de_0000 + self.commands),
            metadata,
            streams: streams.collect(),
            guards: Vec::new(),
            claims: Vec::new(),
            blobs: Vec::new(),
        };
        *self.server.log.log.append(append).await.unwrap().positions.start()
    }

    fn project(&mut self, organization: OrganizationId, number: u128) -> Step {
        let slug = format!("p{number}");
        let create = project::Command::Create { organization, slug, display_name: "P".into() };
        let id = TypedId::from_uuid(Uuid::from_u128(100 + number));
        self.world.decide::<Project>(id, Some(organization.uuid()), create).unwrap()
    }

    async fn create_project(&mut self, organization: OrganizationId, number: u128, metadata: Metadata) -> u64 {
        let step = self.project(organization, number);
        self.append(vec![step], metadata).await
    }

    async fn found(&self, search: &Search) -> Vec<Record> {
        let head = *self.server.log.log.head().borrow();
        self.server.queries().wait_for_audit(head, Duration::from_secs(20)).await.unwrap();
        let page = SearchPage { newest_first: false, cursor: None, limit: MAX_LIMIT };
        self.server.queries().search(search, &page).await.unwrap().records
    }

    async fn positions(&self, search: Search) -> Vec<u64> {
        self.found(&search).await.iter().map(|record| record.position).collect()
    }
}

async fn a_record_says_who_did_what_to_what_and_by_which_rules(database: &Database) {
    let mut story = Story::on(database).await;
    let position = story.create_project(acme(), 1, by_ada("project.create")).await;
    let search = Search { action: Some("project.create".into()), ..Search::default() };
    let [record] = &story.found(&search).await[..] else { panic!("one record") };
    assert_eq!((record.position, record.append, record.owner), (position, position, Some(acme().uuid())));
    assert_eq!((record.actor_kind.as_str(), record.actor_id), ("user", Some(ADA)));
    assert_eq!((record.trace, record.outcome), (Uuid::from_bytes(TRACE), Outcome::Success));
    assert_eq!(record.more.decision.as_ref().unwrap().rules, ["org-admin"]);
    let [event] = &record.more.events[..] else { panic!("one event") };
    assert_eq!((event.event.as_str(), event.kind.as_str(), event.version), ("project.created", "project", 1));
}

async fn each_condition_narrows(database: &Database) {
    let mut story = Story::on(database).await;
    let first = story.create_project(acme(), 1, by_ada("project.create")).await;
    let second = story.create_project(other(), 2, by_system("project.create")).await;
    let archive = story
        .world
        .decide::<Project>(TypedId::from_uuid(Uuid::from_u128(101)), Some(acme().uuid()), project::Command::Archive)
        .unwrap();
    let third = story.append(vec![archive], by_system("project.archive")).await;
    let all = || Search { target_kind: Some("project".into()), ..Search::default() };
    assert_eq!(story.positions(all()).await, [first, second, third]);
    for (search, expected) in [
        (Search { actor: Some(ADA), ..all() }, vec![first]),
        (Search { actor_kind: Some("system".into()), ..all() }, vec![second, third]),
        (Search { action: Some("project.archive".into()), ..all() }, vec![third]),
        (Search { target: Some(Uuid::from_u128(101)), ..Search::default() }, vec![first, third]),
        (Search { target: Some(Uuid::from_u128(101)), target_kind: Some("node".into()), ..all() }, vec![]),
        (Search { organization: Some(other()), ..all() }, vec![second]),
        (Search { trace: Some(Uuid::from_bytes(TRACE)), ..all() }, vec![first]),
        (Search { outcome: Some(Outcome::Success), ..all() }, vec![first, second, third]),
        (Search { outcome: Some(Outcome::Denied), ..all() }, vec![]),
    ] {
        assert_eq!(story.positions(search.clone()).await, expected, "{search:?}");
    }
    let at = story.found(&all()).await[1].recorded_at;
    let since = story.positions(Search { from: Some(at), ..all() }).await;
    let before = story.positions(Search { to: Some(at), ..all() }).await;
    assert_eq!([before.clone(), since].concat(), [first, second, third]);
    assert!(!before.contains(&second));
    let never = Search { from: Some(Timestamp(at.0 + 3_600_000_000)), ..all() };
    assert_eq!(story.positions(never).await, Vec::<u64>::new());
}

async fn a_denial_is_found_by_what_was_denied(database: &Database) {
    let mut story = Story::on(database).await;
    let deny = access::Command::Deny {
        action: "project.archive".into(),
        target_kind: "project".into(),
        at: Timestamp(60_000_000),
    };
    let id = TypedId::from_uuid(Uuid::from_u128(77));
    let step = story.world.decide::<Access>(id, Some(acme().uuid()), deny).unwrap();
    let position = story.append(vec![step], by_ada("access.record_denial")).await;
    for search in [
        Search { outcome: Some(Outcome::Denied), ..Search::default() },
        Search { action: Some("project.archive".into()), ..Search::default() },
        Search { organization: Some(acme()), target_kind: Some("project".into()), ..Search::default() },
    ] {
        let [record] = &story.found(&search).await[..] else { panic!("one record: {search:?}") };
        assert_eq!(
            (record.position, record.outcome, record.action.as_str()),
            (position, Outcome::Denied, "project.archive")
        );
    }
}

async fn pages_put_together_are_the_search(database: &Database) {
    let mut story = Story::on(database).await;
    for number in 0..7 {
        story.create_project(acme(), number, by_ada("project.create")).await;
    }
    let search = Search { actor: Some(ADA), ..Search::default() };
    let expected = story.positions(search.clone()).await;
    for newest_first in [false, true] {
        let (mut seen, mut cursor) = (Vec::new(), None);
        loop {
            let page = SearchPage { newest_first, cursor, limit: 3 };
            let found = story.server.queries().search(&search, &page).await.unwrap();
            seen.extend(found.records.iter().map(|record| record.position));
            match found.next {
                Some(next) => cursor = Some(next),
                None => break,
            }
        }
        if newest_first {
            seen.reverse();
        }
        assert_eq!(seen, expected);
    }
    let page = SearchPage { newest_first: true, cursor: None, limit: 3 };
    let cursor = story.server.queries().search(&search, &page).await.unwrap().next;
    let elsewhere = story.server.queries().search(&Search::default(), &SearchPage { cursor, ..page.clone() }).await;
    assert_eq!(elsewhere.unwrap_err(), QueryError::InvalidCursor);
    let none = story.server.queries().search(&search, &SearchPage { limit: 0, ..page }).await;
    assert_eq!(none.unwrap_err(), QueryError::InvalidLimit);
}

async fn each_owner_has_the_record_of_its_own_part(database: &Database) {
    let mut story = Story::on(database).await;
    let steps = vec![story.project(acme(), 1), story.project(other(), 2)];
    let first = story.append(steps, by_ada("project.create")).await;
    let whole = story.found(&Search { actor: Some(ADA), ..Search::default() }).await;
    assert_eq!(
        whole.iter().map(|record| (record.position, record.owner)).collect::<Vec<_>>(),
        [(first, Some(acme().uuid()))]
    );
    let part = story.found(&Search { actor: Some(ADA), organization: Some(other()), ..Search::default() }).await;
    let [part] = &part[..] else { panic!("one record") };
    assert_eq!(
        (part.position, part.append, part.append_end(), part.more.events.len()),
        (first + 1, first, first + 1, 1)
    );
    let records = story.server.queries().records_at(first + 1).await.unwrap();
    assert_eq!(records.iter().map(|record| record.position).collect::<Vec<_>>(), [first, first + 1]);
    assert_eq!(story.server.queries().records_at(first + 2).await.unwrap(), Vec::new());
}

async fn an_append_across_two_batches_is_one_record(database: &Database) {
    // Of a batch's 1024 entries that are there when a runner begins, a part is of the second.
    const BEFORE: u128 = 500;
    const STREAMS: u128 = 900;
    let mut story = Story::on(database).await;
    let steps: Vec<Step> = (0..BEFORE).map(|number| story.project(other(), number)).collect();
    story.append(steps, by_system("project.create")).await;
    let steps: Vec<Step> = (BEFORE..BEFORE + STREAMS).map(|number| story.project(acme(), number)).collect();
    let first = story.append(steps, by_ada("project.create")).await;
    assert!(first <= 1024 && first + STREAMS as u64 > 1024, "{first}");
    rebuilt(&story, database, async |queries| {
        let page = SearchPage { newest_first: false, cursor: None, limit: MAX_LIMIT };
        let found = queries.search(&Search { actor: Some(ADA), ..Search::default() }, &page).await.unwrap();
        assert_eq!(found.records.len(), 1);
        let positions: Vec<u64> = found.records[0].more.events.iter().map(|event| event.position).collect();
        assert_eq!(positions, (first..first + STREAMS as u64).collect::<Vec<_>>());
        let last = Search { target: Some(Uuid::from_u128(100 + BEFORE + STREAMS - 1)), ..Search::default() };
        assert_eq!(queries.search(&last, &page).await.unwrap().records, found.records);
    })
    .await;
}

async fn what_followed_is_found_by_its_cause(database: &Database) {
    let mut story = Story::on(database).await;
    let cause = story.create_project(acme(), 1, by_ada("project.create")).await;
    let policy = Actor { kind: "policy".into(), id: Some(Uuid::from_u128(4)), token: None, on_behalf_of: None };
    let led = Metadata { actor: policy, cause: Cause::Here(cause), ..by_system("project.create") };
    let effect = story.create_project(acme(), 2, led).await;
    story.found(&Search::default()).await;
    let followed = story.server.queries().followed((cause, cause), 10).await.unwrap();
    assert_eq!(
        followed.iter().map(|record| (record.position, record.cause)).collect::<Vec<_>>(),
        [(effect, Some(cause))]
    );
    assert_eq!(story.server.queries().followed((effect, effect), 10).await.unwrap(), Vec::new());
}

async fn a_rebuild_finds_the_same(database: &Database) {
    let mut story = Story::on(database).await;
    for number in 0..3 {
        story.create_project(acme(), number, by_ada("project.create")).await;
    }
    let before = story.found(&Search::default()).await;
    rebuilt(&story, database, async |queries| {
        let page = SearchPage { newest_first: false, cursor: None, limit: MAX_LIMIT };
        assert_eq!(queries.search(&Search::default(), &page).await.unwrap().records, before);
    })
    .await;
}

/// Looks at a database that is built at once from the whole log.
async fn rebuilt(story: &Story, database: &Database, look: impl AsyncFnOnce(Queries)) {
    let again = match database {
        Database::Sqlite(_) => Database::sqlite(),
        Database::Postgres { .. } => Database::postgres().await,
    };
    again
        .run(async |again| {
            let server = Server::with(Arc::clone(&story.server.log), again, AuditTrail::default()).await;
            let head = *server.log.log.head().borrow();
            server.queries().wait_for_audit(head, Duration::from_secs(20)).await.unwrap();
            look(server.queries()).await;
        })
        .await;
}
