//! Two processes append to one Postgres.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions};
use gpuaas_replay_tests::crash::cluster::Cluster;
use gpuaas_replay_tests::crash::lanes::Lanes;
use gpuaas_replay_tests::crash::server::Server;

use super::{APPENDER, check};

#[tokio::test]
async fn two_processes_share_one_chain_fairly() {
    let cluster = Cluster::start().await.unwrap();
    let mut servers = Vec::new();
    for _ in 0..2 {
        servers.push(Server::start(APPENDER, "postgres", &cluster.url()).await.unwrap());
    }
    let mut lanes = [Lanes::new(0, 64).unwrap(), Lanes::new(1_000, 64).unwrap()];
    let [one, two] = &mut lanes;
    let [first, second] = &mut servers[..] else { unreachable!("two were started") };
    let time = Duration::from_secs(5);
    let (of_one, of_two) = tokio::join!(one.run(first, time), two.run(second, time));
    of_one.unwrap();
    of_two.unwrap();
    one.finish(first).await.unwrap();
    two.finish(second).await.unwrap();
    for server in servers {
        server.end().await.unwrap();
    }
    let records = lanes.map(|lanes| lanes.into_record().unwrap());
    let shares = records.each_ref().map(|record| record.acknowledged.len() as f64);
    let total: f64 = shares.iter().sum();
    assert!(shares.iter().all(|share| share / total >= 0.3), "of {total} appends: {shares:?}");
    let store: Arc<dyn LogStore> = Arc::new(PostgresLog::open(PostgresOptions::new(cluster.url())).await.unwrap());
    let report = check(store, &records).await;
    assert!(report.size as f64 > 2.0 * total, "each append has two entries");
}
