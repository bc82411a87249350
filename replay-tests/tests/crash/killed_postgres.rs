//! Postgres itself is killed, with all its processes, while the appender lives on.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions};
use gpuaas_replay_tests::crash::cluster::Cluster;
use gpuaas_replay_tests::crash::lanes::Lanes;
use gpuaas_replay_tests::crash::server::Server;
use rand::Rng as _;

use super::{APPENDER, CLIENTS, IN_FLIGHT, KILLS, check};

#[tokio::test]
async fn a_killed_postgres_loses_nothing_and_the_appender_recovers() {
    let mut cluster = Cluster::start().await.unwrap();
    let mut server = Server::start(APPENDER, "postgres", &cluster.url()).await.unwrap();
    let mut lanes = Lanes::new(0, CLIENTS).unwrap();
    for _ in 0..KILLS {
        let time = Duration::from_micros(rand::rng().random_range(200_000..400_000));
        lanes.run(&mut server, time).await.unwrap();
        assert!(lanes.in_flight() >= IN_FLIGHT, "{} in flight", lanes.in_flight());
        cluster.kill().unwrap();
        // The clients go on asking while it is gone.
        let (outage, restarted) = tokio::join!(lanes.run(&mut server, Duration::from_millis(100)), cluster.restart());
        outage.unwrap();
        restarted.unwrap();
    }
    lanes.run(&mut server, Duration::from_secs(1)).await.unwrap();
    lanes.finish(&mut server).await.unwrap();
    assert!(server.end().await.unwrap().is_empty());
    let store: Arc<dyn LogStore> = Arc::new(PostgresLog::open(PostgresOptions::new(cluster.url())).await.unwrap());
    check(store, &[lanes.into_record().unwrap()]).await;
}
