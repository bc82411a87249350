//! The log rebuilt from the mirror alone, on both stores, to the same head.

use std::time::Duration;

use gpuaas_log::Log;
use gpuaas_log::indexes;
use gpuaas_log::restore::{Options, Source as _};
use gpuaas_log::store::{HeadRow, LogStore, SqliteLog, SqliteOptions};
use gpuaas_relay::jetstream::Mirror;
use tempfile::TempDir;

use super::platform::Platform;
use super::server::Nats;

/// Restores into an empty store, and fails unless it ends where the log does.
async fn restores(platform: &Platform, store: &dyn LogStore, covered: u64) {
    let mirror = Mirror::open(&platform.settings).await.unwrap();
    let restored = Log::restore(store, &mirror, &Options::default()).await.unwrap();
    assert!(restored.losses.is_empty(), "{:?}", restored.losses);
    let head: HeadRow = store.head().await.unwrap().row;
    let same = platform.log().entry(head.position).await.unwrap().unwrap();
    assert!(head.position >= covered && head.hash == same.hash(), "{head:?}");
    indexes::check(store).await.unwrap();
    assert!(store.last_checkpoint().await.unwrap().is_some_and(|checkpoint| checkpoint.size >= covered));
}

/// A platform with a few things in it, and a checkpoint of all of them that is mirrored.
async fn checkpointed(nats: &Nats) -> (Platform, u64) {
    let mut platform = Platform::start(nats).await;
    platform.happen(20).await;
    let covered = platform.log().commit_heads().await.unwrap();
    let mirror = Mirror::open(&platform.settings).await.unwrap();
    let is_there = async {
        loop {
            let kept = mirror.checkpoints().await.unwrap();
            if kept.iter().any(|kept| kept.name.contains(&format!(".{covered}."))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), is_there).await.expect("the checkpoint is mirrored");
    platform.mirrored().await;
    (platform, covered)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mirror_alone_gives_the_log_back_to_sqlite() {
    let mut nats = Nats::start();
    let (platform, covered) = checkpointed(&nats).await;
    let folder = TempDir::new().unwrap();
    restores(&platform, &SqliteLog::open(SqliteOptions::new(folder.path())).await.unwrap(), covered).await;
    // Even after NATS was started anew, and out of more than one generation.
    nats.stop();
    nats.start_again();
    let context = nats.client().await;
    context.publish("gpuaas-log.1", "foreign".into()).await.unwrap().await.unwrap();
    platform.until("a generation begins", |mirror| mirror["generation"] == 2).await;
    platform.mirrored().await;
    let folder = TempDir::new().unwrap();
    restores(&platform, &SqliteLog::open(SqliteOptions::new(folder.path())).await.unwrap(), covered).await;
    platform.stop().await;
}

mod postgres {
    use gpuaas_log::store::{PostgresLog, PostgresOptions};
    use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_mirror_alone_gives_the_log_back_to_postgres() {
        let nats = Nats::start();
        let (platform, covered) = checkpointed(&nats).await;
        let server = std::env::var("GPUAAS_TEST_POSTGRES").expect("GPUAAS_TEST_POSTGRES names a Postgres server");
        let (rest, _) = server.rsplit_once('/').unwrap();
        let name = format!("gpuaas_mirror_{:016x}", rand::random::<u64>());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let store = PostgresLog::open(PostgresOptions::new(format!("{rest}/{name}"))).await.unwrap();
        restores(&platform, &store, covered).await;
        store.close().await;
        connection.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await.unwrap();
        platform.stop().await;
    }
}
