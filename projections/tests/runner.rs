//! What the runner does when all is not well, and when several run.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::{Kind, organization};
use gpuaas_log::store::{PostgresLog, PostgresOptions};
use gpuaas_projections::queries::QueryError;
use gpuaas_projections::resources::Resources;
use gpuaas_projections::runner::{self, Item, Projection, Stage, Unappliable};
use gpuaas_projections::store::{ReadError, Transaction};
use uuid::Uuid;

use crate::database::Database;
use crate::history::{Chance, Step, World};
use crate::log::{NEWER_EVENT, NEWER_KIND, TestLog};
use crate::on_both;
use crate::servers::Server;

on_both! {
    an_entry_that_cannot_be_applied_parks_its_stream_alone,
    a_stream_of_an_unknown_kind_is_parked,
    a_projection_that_stops_on_errors_applies_what_stands_before,
    a_higher_version_is_swapped_in_when_it_has_caught_up,
    a_lower_version_never_begins_again,
    another_log_is_refused,
}

/// [`Resources`] as another program has it.
pub(crate) struct Other {
    resources: Resources,
    version: u32,
    stops: bool,
    /// Applies no entry beyond it.
    until: u64,
}

impl Other {
    pub(crate) fn version(version: u32) -> Self {
        Self { resources: Resources::default(), version, stops: false, until: u64::MAX }
    }
}

#[async_trait]
impl Projection for Other {
    fn name(&self) -> &'static str {
        self.resources.name()
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn stops_on_error(&self) -> bool {
        self.stops
    }

    async fn load(&mut self, rows: &mut Transaction, version: u32, items: &[Item<'_>]) -> Result<(), ReadError> {
        if items.iter().any(|item| item.entry.position > self.until) {
            return Err(ReadError::Unavailable("held back".into()));
        }
        self.resources.load(rows, version, items).await
    }

    fn apply(&mut self, item: &Item<'_>) -> Result<(), Unappliable> {
        self.resources.apply(item)
    }

    async fn save(&mut self, rows: &mut Transaction, version: u32) -> Result<(), ReadError> {
        self.resources.save(rows, version).await
    }

    fn forget(&mut self) {
        self.resources.forget();
    }

    async fn discard(&self, rows: &mut Transaction, version: u32, most: u32) -> Result<u64, ReadError> {
        self.resources.discard(rows, version, most).await
    }
}

fn organization_id(number: u128) -> OrganizationId {
    OrganizationId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn create(world: &mut World, number: u128, slug: &str) -> Step {
    let id = organization_id(number);
    let command = organization::Command::Create { slug: slug.into(), display_name: "O".into() };
    world.decide::<organization::Organization>(id, Some(id.uuid()), command).unwrap()
}

pub(crate) fn rename(world: &mut World, number: u128, slug: &str) -> Step {
    let id = organization_id(number);
    let command = organization::Command::Update { slug: Some(slug.into()), display_name: None };
    world.decide::<organization::Organization>(id, Some(id.uuid()), command).unwrap()
}

/// An event that a newer program wrote.
fn newer(event: &'static str, number: u128, expected: u64) -> Step {
    let id = Uuid::from_u128(number);
    let payload = gpuaas_log::payload::encode(&std::collections::BTreeMap::from([("to", "elsewhere")])).unwrap();
    Step { kind: "organization", id, owner: Some(id), expected, events: vec![(event, 1, payload)] }
}

/// A rename on a version that this program could not follow.
fn rename_at(world: &mut World, number: u128, expected: u64, slug: &str) -> Step {
    Step { expected, ..rename(world, number, slug) }
}

async fn slug(server: &Server, number: u128) -> Option<String> {
    let found = server.queries().get(Kind::Organization, Uuid::from_u128(number)).await.unwrap();
    found.map(|organization| organization.name)
}

async fn an_entry_that_cannot_be_applied_parks_its_stream_alone(database: &Database) {
    let server = Server::start(database).await;
    let mut world = World::default();
    server.log.append(&create(&mut world, 1, "first")).await;
    server.log.append(&create(&mut world, 2, "second")).await;
    let bad = *server.log.append(&newer(NEWER_EVENT, 1, 1)).await.positions.end();
    // Version 3 follows the event that could not be read.
    server.log.append(&rename_at(&mut world, 1, 2, "renamed")).await;
    server.log.append(&rename(&mut world, 2, "renamed")).await;
    server.caught_up().await;

    assert_eq!(slug(&server, 1).await.as_deref(), Some("first"), "skipped from the bad entry on");
    assert_eq!(slug(&server, 2).await.as_deref(), Some("renamed"), "others go on");
    let parked = runner::parked(&server.store).await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!((parked[0].position, parked[0].stream.id), (bad, Uuid::from_u128(1)));
    assert!(parked[0].reason.contains(NEWER_EVENT), "{}", parked[0].reason);
    let status = server.until(|status| status.parked == 1).await;
    assert!(status.ready(), "one stream keeps nobody from the others");

    // It stays parked for the next process.
    let log = Arc::clone(&server.log);
    drop(server);
    let next = Server::join(log, database).await;
    next.log.append(&rename_at(&mut world, 1, 3, "again")).await;
    next.caught_up().await;
    assert_eq!(slug(&next, 1).await.as_deref(), Some("first"));
    assert_eq!(runner::parked(&next.store).await.unwrap(), parked);
    next.until(|status| status.parked == 1).await;
}

async fn a_stream_of_an_unknown_kind_is_parked(database: &Database) {
    let server = Server::start(database).await;
    let (kind, event) = NEWER_KIND;
    server.log.append(&Step { kind, owner: None, ..newer(event, 5, 0) }).await;
    server.caught_up().await;
    let parked = runner::parked(&server.store).await.unwrap();
    assert_eq!(parked.iter().map(|parked| parked.stream.kind.as_ref()).collect::<Vec<_>>(), [kind]);
}

async fn a_projection_that_stops_on_errors_applies_what_stands_before(database: &Database) {
    let log = Arc::new(TestLog::create().await);
    let mut world = World::default();
    log.append(&create(&mut world, 1, "first")).await;
    let before = *log.append(&create(&mut world, 2, "second")).await.positions.end();
    log.append(&newer(NEWER_EVENT, 1, 1)).await;
    log.append(&rename(&mut world, 2, "renamed")).await;

    let strict = Other { stops: true, ..Other::version(Resources::VERSION) };
    let server = Server::with(log, database, strict).await;
    let status = server.until(|status| matches!(status.stage, Stage::Stopped { .. })).await;
    let Stage::Stopped { position, reason } = &status.stage else { panic!("{status:?}") };
    assert_eq!(*position, before);
    assert!(reason.contains(NEWER_EVENT), "{reason}");
    assert!(!status.ready());
    assert_eq!(server.queries().position().await.unwrap(), before);
    assert_eq!(slug(&server, 2).await.as_deref(), Some("second"));
    assert_eq!(runner::parked(&server.store).await.unwrap(), []);
}

async fn a_higher_version_is_swapped_in_when_it_has_caught_up(database: &Database) {
    let first = Server::start(database).await;
    let mut world = World::default();
    let created = *first.log.append(&create(&mut world, 1, "created")).await.positions.end();
    let renamed = *first.log.append(&rename(&mut world, 1, "renamed")).await.positions.end();
    first.caught_up().await;

    // It builds, and cannot finish: readers have what they had.
    let held = Server::with(
        Arc::clone(&first.log),
        database,
        Other { until: created, ..Other::version(Resources::VERSION + 1) },
    )
    .await;
    let status = held.until(|status| matches!(status.stage, Stage::Waiting(_))).await;
    assert!(!status.ready());
    assert_eq!(first.queries().position().await.unwrap(), renamed);
    assert_eq!(slug(&held, 1).await.as_deref(), Some("renamed"));
    drop(held);

    let second = Server::with(Arc::clone(&first.log), database, Other::version(Resources::VERSION + 1)).await;
    second.until(|status| status.stage == Stage::Active && status.caught_up).await;
    assert_eq!(slug(&second, 1).await.as_deref(), Some("renamed"));
    // The older program learns of it with the next entry, and its readers go on.
    second.log.append(&rename(&mut world, 1, "newest")).await;
    second.caught_up().await;
    first.until(|status| status.stage == Stage::Superseded).await;
    assert_eq!(slug(&first, 1).await.as_deref(), Some("newest"));
    assert_eq!(database.count("read_resources").await, 1, "the rows of the older version are gone");
    assert_eq!(database.count("read_projections").await, 1);
}

async fn a_lower_version_never_begins_again(database: &Database) {
    let newer = Server::with(Arc::new(TestLog::create().await), database, Other::version(Resources::VERSION + 1)).await;
    newer.until(|status| status.stage == Stage::Active).await;
    let older = Server::join(Arc::clone(&newer.log), database).await;
    older.until(|status| status.stage == Stage::Superseded).await;
    assert_eq!(database.count("read_projections").await, 1);
}

async fn another_log_is_refused(database: &Database) {
    let server = Server::start(database).await;
    server.log.append(&create(&mut World::default(), 1, "first")).await;
    server.caught_up().await;
    drop(server);

    let shorter_or_other = Server::start(database).await;
    let status = shorter_or_other.until(|status| matches!(status.stage, Stage::Stopped { .. })).await;
    let Stage::Stopped { reason, .. } = &status.stage else { panic!("{status:?}") };
    assert!(reason.contains("not in this log"), "{reason}");
    assert_eq!(slug(&shorter_or_other, 1).await.as_deref(), Some("first"), "nothing is changed");
}

/// Several servers can be on Postgres alone.
mod several_on_postgres {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_entry_counts_once() {
        Database::postgres().await.run(async |database| super::each_entry_counts_once(database).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_entry_counts_once_though_all_think_that_they_lead() {
        Database::postgres().await.run(async |database| super::all_think_that_they_lead(database).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn another_server_takes_over_from_one_that_died() {
        Database::postgres().await.run(async |database| super::another_server_takes_over(database).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_runner_goes_on_when_the_database_is_back() {
        Database::postgres().await.run(async |database| super::goes_on_when_it_is_back(database).await).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_read_models_live_beside_a_log() {
        Database::postgres().await.run(async |database| super::live_beside_a_log(database).await).await;
    }
}

async fn each_entry_counts_once(database: &Database) {
    let log = Arc::new(TestLog::create().await);
    let mut servers = Vec::new();
    for _ in 0..3 {
        servers.push(Server::join(Arc::clone(&log), database).await);
    }
    let mut chance = Chance::new(3);
    for step in 0..300 {
        log.append(&chance.step()).await;
        // The one that has been there longest dies now and then, and another one comes.
        if step % 60 == 59 {
            servers.remove(0);
            servers.push(Server::join(Arc::clone(&log), database).await);
        }
    }
    assert_shows_the_world(&servers[0], &chance.world).await;
    for server in &servers {
        server.until(|status| status.caught_up).await;
    }
}

async fn all_think_that_they_lead(database: &Database) {
    let log = Arc::new(TestLog::create().await);
    let mut servers = Vec::new();
    for _ in 0..3 {
        servers.push(Server::called(Uuid::from_u128(7), Arc::clone(&log), database, Resources::default()).await);
    }
    let mut chance = Chance::new(5);
    for _ in 0..200 {
        log.append(&chance.step()).await;
    }
    assert_shows_the_world(&servers[0], &chance.world).await;
}

async fn assert_shows_the_world(server: &Server, world: &World) {
    server.caught_up().await;
    for ((kind, id), (state, version)) in &world.states {
        let found = server.queries().get(*kind, *id).await.unwrap().unwrap();
        assert_eq!((&found.state, found.version), (state, *version));
    }
    assert_eq!(runner::parked(&server.store).await.unwrap(), []);
}

async fn another_server_takes_over(database: &Database) {
    let first = Server::start(database).await;
    let mut world = World::default();
    first.log.append(&create(&mut world, 1, "first")).await;
    first.caught_up().await;
    let second = Server::join(Arc::clone(&first.log), database).await;
    second.until(|status| status.caught_up).await;
    drop(first);
    let position = *second.log.append(&rename(&mut world, 1, "renamed")).await.positions.end();
    second.queries().wait_for(position, Duration::from_secs(2)).await.unwrap();
    assert_eq!(slug(&second, 1).await.as_deref(), Some("renamed"));
}

async fn goes_on_when_it_is_back(database: &Database) {
    let server = Server::start(database).await;
    let mut world = World::default();
    server.log.append(&create(&mut world, 1, "first")).await;
    server.caught_up().await;

    database.allow_connections(false).await;
    let position = *server.log.append(&rename(&mut world, 1, "renamed")).await.positions.end();
    let status = server.until(|status| matches!(status.stage, Stage::Waiting(_))).await;
    assert!(!status.ready());
    let read = server.queries().get(Kind::Organization, Uuid::from_u128(1)).await;
    assert!(matches!(&read, Err(QueryError::Read(error)) if error.retryable()), "{read:?}");

    database.allow_connections(true).await;
    // A connection that was used within the last second is not asked whether it still is one.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    server.queries().wait_for(position, Duration::from_secs(10)).await.unwrap();
    assert_eq!(slug(&server, 1).await.as_deref(), Some("renamed"));
    server.until(|status| status.ready()).await;
}

async fn live_beside_a_log(database: &Database) {
    let beside = PostgresOptions::new(database.url());
    PostgresLog::open(beside.clone()).await.unwrap();
    let server = Server::start(database).await;
    server.until(|status| status.ready()).await;
    // A restart finds the tables of both.
    PostgresLog::open(beside).await.unwrap();
    drop(database.open().await);
    assert_eq!((database.count("log_entries").await, database.count("read_projections").await), (0, 1));
}
