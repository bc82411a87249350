//! The process that appends is killed, again and again.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions, SqliteLog, SqliteOptions};
use gpuaas_replay_tests::crash::cluster::Cluster;
use gpuaas_replay_tests::crash::lanes::Lanes;
use gpuaas_replay_tests::crash::server::Server;
use rand::Rng as _;

use super::{APPENDER, CLIENTS, IN_FLIGHT, KILLS, check};

/// Appends to a store under load while the process is killed at any moment.
async fn kill_again_and_again(kind: &str, place: &str) -> Lanes {
    let mut lanes = Lanes::new(0, CLIENTS).unwrap();
    for _ in 0..KILLS {
        let mut server = Server::start(APPENDER, kind, place).await.unwrap();
        let time = Duration::from_micros(rand::rng().random_range(50_000..250_000));
        lanes.run(&mut server, time).await.unwrap();
        assert!(lanes.in_flight() >= IN_FLIGHT, "{} in flight", lanes.in_flight());
        lanes.killed(server.kill().await.unwrap()).unwrap();
    }
    // What was in flight when it was last killed is asked about once more.
    let mut server = Server::start(APPENDER, kind, place).await.unwrap();
    lanes.run(&mut server, Duration::from_millis(50)).await.unwrap();
    lanes.finish(&mut server).await.unwrap();
    assert!(server.end().await.unwrap().is_empty());
    lanes
}

#[tokio::test]
async fn a_killed_appender_on_postgres_loses_nothing() {
    let cluster = Cluster::start().await.unwrap();
    let lanes = kill_again_and_again("postgres", &cluster.url()).await;
    let store: Arc<dyn LogStore> = Arc::new(PostgresLog::open(PostgresOptions::new(cluster.url())).await.unwrap());
    check(store, &[lanes.into_record().unwrap()]).await;
}

#[tokio::test]
async fn a_killed_appender_on_sqlite_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().to_str().expect("a temporary directory is text");
    let lanes = kill_again_and_again("sqlite", place).await;
    let store: Arc<dyn LogStore> = Arc::new(SqliteLog::open(SqliteOptions::new(place)).await.unwrap());
    check(store, &[lanes.into_record().unwrap()]).await;
}
