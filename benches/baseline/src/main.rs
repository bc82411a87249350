//! Durable appends by cqrs-es 0.5 with postgres-es 0.5: 64 callers change 10,000 projects,
//! each caller its own, each project 30 times, one event a command. The same work that
//! the bench `append` does.
//!
//! `baseline postgres://…/empty_database` prints, as its last line, JSON with `figure`
//! (commands a second) and `unit`. Pools of several sizes are tried on a part of the work;
//! the best does all of it.

mod project;

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use postgres_es::{PostgresCqrs, postgres_cqrs};
use project::{Change, Project};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Pool, Postgres};
use tokio::task::JoinSet;

const CALLERS: usize = 64;
const PROJECTS: usize = 10_000;
/// Changes of each project; a pool is tried with few of them.
const CHANGES: u64 = 30;
const TRIED: u64 = 1;
/// Connections to try.
const POOLS: [u32; 5] = [4, 8, 16, 32, 64];

/// The library's own table (`db/init.sql`).
const TABLE: &str = "CREATE TABLE events (
    aggregate_type text                         NOT NULL,
    aggregate_id   text                         NOT NULL,
    sequence       bigint CHECK (sequence >= 0) NOT NULL,
    event_type     text                         NOT NULL,
    event_version  text                         NOT NULL,
    payload        json                         NOT NULL,
    metadata       json                         NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
)";

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).context("usage: baseline postgres://…/empty_database")?;
    let (mut best, mut best_pool) = (0.0, POOLS[0]);
    for connections in POOLS {
        let rate = measure(&url, connections, TRIED).await?;
        eprintln!("pool of {connections}: {rate:.0} appends/s at first");
        if rate > best {
            (best, best_pool) = (rate, connections);
        }
    }
    let figure = measure(&url, best_pool, CHANGES).await?;
    println!("{}", serde_json::json!({ "figure": figure, "unit": "appends/s", "callers": CALLERS, "pool": best_pool }));
    Ok(())
}

/// Each pool finds the same: an empty table of a checkpointed database.
async fn start_anew(pool: &Pool<Postgres>) -> Result<()> {
    sqlx::query("DROP TABLE IF EXISTS events").execute(pool).await?;
    sqlx::query(TABLE).execute(pool).await?;
    sqlx::query("CHECKPOINT").execute(pool).await?;
    let (durable,): (String,) = sqlx::query_as("SHOW synchronous_commit").fetch_one(pool).await?;
    anyhow::ensure!(durable == "on", "the baseline must be durable too");
    Ok(())
}

async fn measure(url: &str, connections: u32, changes: u64) -> Result<f64> {
    let pool = PgPoolOptions::new().min_connections(connections).max_connections(connections).connect(url).await?;
    start_anew(&pool).await?;
    let cqrs: Arc<PostgresCqrs<Project>> = Arc::new(postgres_cqrs(pool.clone(), Vec::new(), ()));
    let began = Instant::now();
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(call(Arc::clone(&cqrs), caller, changes));
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    let took = began.elapsed();
    pool.close().await;
    Ok((PROJECTS as u64 * changes) as f64 / took.as_secs_f64())
}

/// Changes the caller's projects in turn.
async fn call(cqrs: Arc<PostgresCqrs<Project>>, caller: usize, changes: u64) -> Result<()> {
    for change in 0..changes {
        for project in (caller..PROJECTS).step_by(CALLERS) {
            cqrs.execute(&format!("project-{project:016}"), Change::example(change)).await?;
        }
    }
    Ok(())
}
