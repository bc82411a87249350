//! The behaviours on Postgres, each in a database of its own.

use std::sync::Arc;

use gpuaas_log::store::{PostgresLog, PostgresOptions};

use super::behaviours::behaviours;
use super::world::World;
use crate::contest::Database;

behaviours!(on_postgres);

async fn on_postgres<F: AsyncFnOnce(World)>(behaviour: F) {
    let database = Database::create().await;
    let store = PostgresLog::open(PostgresOptions::new(database.url())).await.unwrap();
    behaviour(World::on(Arc::new(store)).await).await;
    database.drop_now().await;
}
