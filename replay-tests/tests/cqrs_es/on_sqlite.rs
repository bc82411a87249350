//! The behaviours on SQLite.

use std::sync::Arc;

use gpuaas_log::store::{SqliteLog, SqliteOptions};

use super::behaviours::behaviours;
use super::world::World;

behaviours!(on_sqlite);

async fn on_sqlite<F: AsyncFnOnce(World)>(behaviour: F) {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteLog::open(SqliteOptions::new(directory.path())).await.unwrap();
    behaviour(World::on(Arc::new(store)).await).await;
}
