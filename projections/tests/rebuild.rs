//! What was built entry by entry, through crashes and by several servers, equals what
//! a rebuild from position 1 gives, and what the aggregates themselves say.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::Kind;
use gpuaas_projections::queries::{Filter, Order, Page, Queries, Resource};

use crate::database::Database;
use crate::history::{Chance, World};
use crate::log::TestLog;
use crate::on_both;
use crate::servers::Server;

on_both! {
    rebuild_equals,
    rebuild_equals_after_servers_were_killed,
}

/// Everything that queries can see.
async fn everything(queries: &Queries) -> Vec<Resource> {
    let mut all = Vec::new();
    for kind in Kind::ALL {
        let mut page = Page { order: Order::Created, ..Page::default() };
        loop {
            let listed = queries.list(*kind, &Filter::default(), &page).await.unwrap();
            all.extend(listed.resources);
            match listed.next {
                Some(cursor) => page.cursor = Some(cursor),
                None => break,
            }
        }
    }
    all
}

/// A database that is built at once from the whole log.
async fn rebuilt(log: &Arc<TestLog>, database: &Database) -> Vec<Resource> {
    let again = match database {
        Database::Sqlite(_) => Database::sqlite(),
        Database::Postgres { .. } => Database::postgres().await,
    };
    let mut all = Vec::new();
    again
        .run(async |again| {
            let server = Server::join(Arc::clone(log), again).await;
            server.caught_up().await;
            all = everything(&server.queries()).await;
        })
        .await;
    all
}

fn assert_is_the_world(resources: &[Resource], world: &World) {
    assert_eq!(resources.len(), world.states.len());
    for resource in resources {
        let (state, version) = &world.states[&(resource.kind, resource.id)];
        assert_eq!((&resource.state, resource.version), (state, *version), "{:?}", resource.id);
    }
}

async fn rebuild_equals(database: &Database) {
    let server = Server::start(database).await;
    let mut chance = Chance::new(7);
    for step in 0..600 {
        let appended = server.log.append(&chance.step()).await;
        if step % 50 == 0 {
            server.queries().wait_for(*appended.positions.end(), Duration::from_secs(5)).await.unwrap();
        }
    }
    server.caught_up().await;
    let built = everything(&server.queries()).await;
    assert_is_the_world(&built, &chance.world);
    assert_eq!(built, rebuilt(&server.log, database).await);
    let kinds: BTreeSet<Kind> = built.iter().map(|resource| resource.kind).collect();
    assert!(kinds.iter().eq(Kind::ALL.iter().collect::<BTreeSet<_>>()), "a kind is missing in the history: {kinds:?}");
}

async fn rebuild_equals_after_servers_were_killed(database: &Database) {
    let log = Arc::new(TestLog::create().await);
    let mut chance = Chance::new(11);
    for _ in 0..25 {
        let server = Server::join(Arc::clone(&log), database).await;
        for _ in 0..chance.below(40) {
            log.append(&chance.step()).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(15))).await;
        drop(server);
    }
    let server = Server::join(Arc::clone(&log), database).await;
    server.caught_up().await;
    let built = everything(&server.queries()).await;
    assert_is_the_world(&built, &chance.world);
    assert_eq!(built, rebuilt(&log, database).await);
}
