//! Durable appends: 64 callers on one Postgres change a project of each of 10,000
//! organizations 30 times, one event an append, each append with an idempotency hash and
//! two guards, heads committed every 1,000 entries. The same work that the bench
//! `baseline` does.
//!
//! `append postgres://…/empty_database` prints, as its last line, JSON with `figure`
//! (appends a second) and `unit`.

mod workload;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::log::Log;
use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions};
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;
use workload::{CALLERS, CHANGES, Caller, ORGANIZATIONS, create_organizations, genesis};

// The other core is Postgres's: with a thread on each, the callers take turns with it.
#[tokio::main(worker_threads = 1)]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).context("usage: append postgres://…/empty_database")?;
    let store: Arc<dyn LogStore> = Arc::new(PostgresLog::open(PostgresOptions::new(&url)).await?);
    let options = AppenderOptions { heads_after_entries: Some(1_000), heads_every: None, ..AppenderOptions::default() };
    let log = Log::create(store, &genesis()?, options).await?;
    create_organizations(&log).await?;
    settle(&url).await?;

    let began = Instant::now();
    let latencies = measure(&log).await?;
    let figure = latencies.len() as f64 / began.elapsed().as_secs_f64();
    ensure!(latencies.len() as u64 == ORGANIZATIONS * CHANGES, "every append was acknowledged");
    let percentile = |part: usize| latencies[(latencies.len() - 1) * part / 100].as_secs_f64() * 1e3;
    println!(
        "{}",
        serde_json::json!({
            "figure": figure, "unit": "appends/s", "callers": CALLERS,
            "p50_ms": percentile(50), "p99_ms": percentile(99),
        })
    );
    log.close().await;
    Ok(())
}

/// What setting up left to be written is written before the measuring begins.
async fn settle(url: &str) -> Result<()> {
    let mut conn = PgConnection::connect(url).await?;
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        sqlx::query(statement).execute(&mut conn).await?;
    }
    Ok(conn.close().await?)
}

/// Answers how long each append took, in ascending order.
async fn measure(log: &Log) -> Result<Vec<Duration>> {
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        callers.spawn(call(log.clone(), Caller::new(caller)));
    }
    let mut latencies = Vec::new();
    while let Some(done) = callers.join_next().await {
        latencies.extend(done??);
    }
    latencies.sort_unstable();
    Ok(latencies)
}

async fn call(log: Log, caller: Caller) -> Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    for append in caller {
        let asked = Instant::now();
        log.append(append).await?;
        latencies.push(asked.elapsed());
    }
    Ok(latencies)
}
