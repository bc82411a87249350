//! A higher version is swapped in while clients write and read, and none of them notices.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::Kind;
use gpuaas_projections::queries::Queries;
use gpuaas_projections::resources::Resources;
use gpuaas_projections::runner::Stage;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::database::Database;
use crate::history::World;
use crate::log::TestLog;
use crate::runner::{Other, create, rename};
use crate::servers::Server;

/// Names that the organization had before anybody looked: there is something to build anew.
const BEFORE: u64 = 300;
/// Names that it gets after the swap.
const AFTERWARDS: u64 = 100;

/// What a writer was answered: the position, and the number in the organization's newest name.
type Answered = (u64, u64);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_two_servers_serve_through_the_swap_of_a_version() {
    Database::postgres().await.run(async |database| served_through_the_swap(database).await).await;
}

async fn served_through_the_swap(database: &Database) {
    let log = Arc::new(TestLog::create().await);
    let mut world = World::default();
    log.append(&create(&mut world, 1, "n0")).await;
    for number in 1..=BEFORE {
        log.append(&rename(&mut world, 1, &name(number))).await;
    }
    let old = [Server::join(Arc::clone(&log), database).await, Server::join(Arc::clone(&log), database).await];
    for server in &old {
        server.caught_up().await;
    }
    let (answered, news) = watch::channel((*log.log.head().borrow(), BEFORE));
    let readers: Vec<JoinHandle<u64>> = old.iter().map(|server| read(server.queries(), news.clone())).collect();
    let writing = write(Arc::clone(&log), world, answered);

    // The servers of the new program come while the old ones serve.
    let mut new = Vec::new();
    for _ in 0..2 {
        new.push(Server::with(Arc::clone(&log), database, Other::version(Resources::VERSION + 1)).await);
    }
    for server in &new {
        server.until(|status| status.stage == Stage::Active).await;
    }
    for server in &old {
        server.until(|status| status.stage == Stage::Superseded).await;
    }
    let swapped_at = news.borrow().1;
    let more: Vec<JoinHandle<u64>> = new.iter().map(|server| read(server.queries(), news.clone())).collect();
    let mut later = news.clone();
    later.wait_for(|(_, number)| *number >= swapped_at + AFTERWARDS).await.unwrap();
    writing.abort();
    for reader in readers.into_iter().chain(more) {
        assert!(reader.await.unwrap() > 0, "each of them has read");
    }
    assert_eq!(database.count("read_projections").await, 1, "the rows of the older version are gone");
}

/// Names go up, so that an older state is seen as such.
fn name(number: u64) -> String {
    format!("n{number}")
}

/// Renames the organization again and again, and tells what it was answered.
fn write(log: Arc<TestLog>, mut world: World, answered: watch::Sender<Answered>) -> JoinHandle<()> {
    tokio::spawn(async move {
        for number in BEFORE + 1.. {
            let appended = log.append(&rename(&mut world, 1, &name(number))).await;
            answered.send_replace((*appended.positions.end(), number));
            // As many writes as a busy organization makes; the readers are to keep up with them.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
}

/// Reads after what was answered, each time, until nobody writes any more. Gives how often it read.
fn read(queries: Queries, mut news: watch::Receiver<Answered>) -> JoinHandle<u64> {
    tokio::spawn(async move {
        let mut reads = 0;
        while news.changed().await.is_ok() {
            let (position, written) = *news.borrow_and_update();
            queries.wait_for(position, Duration::from_secs(5)).await.unwrap();
            let found = queries.get(Kind::Organization, Uuid::from_u128(1)).await.unwrap();
            let shown = found.expect("it is there at every moment").name;
            let number: u64 = shown.trim_start_matches('n').parse().unwrap();
            assert!(number >= written, "{number} is older than {written}, which was answered");
            reads += 1;
        }
        reads
    })
}
