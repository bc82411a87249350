//! How long it takes from the answer to a launch until the node's agent holds the task:
//! 100 simulated agents on real mTLS, 50 launches a second offered.
//!
//! A launch is what the API's handler appends for one; the platform's own policy queues
//! the task, the gateway tells it to the agent. That the agent holds it is known here
//! when its report of that is in the log, so the figure holds the way back as well.
//! The limit is 250 ms at the 99th percentile.

mod launch;
mod platform;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use gpuaas_domain::id::{InstanceId, TaskId, TypedId as _};
use gpuaas_domain::{EventSet as _, node_task};
use gpuaas_log::Log;
use gpuaas_log::payload;
use serde_json::json;
use tokio::task::JoinSet;

use platform::Platform;

/// Agents that are connected.
const AGENTS: usize = 100;
/// Launches a second.
const OFFERED: u32 = 50;
/// Launches that are measured, unless the first argument says how many.
const LAUNCHES: usize = 1_000;
/// Most time at the 99th percentile.
const LIMIT: Duration = Duration::from_millis(250);
/// When a launch counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Result<()> {
    // What goes wrong in the server or an agent is said beside the figures.
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .init();
    let launches = match std::env::args().nth(1) {
        Some(launches) => launches.parse().context("the argument is a number of launches")?,
        None => LAUNCHES,
    };
    let platform = Platform::start(AGENTS).await?;
    println!("{AGENTS} agents are connected");
    let after = *platform.log().head().borrow();
    let (answered, held) = tokio::try_join!(offer(&platform, launches), held(platform.log(), after, launches))?;
    let mut times = answered
        .iter()
        .map(|(instance, answered)| {
            let held = held.get(instance).context("a launch was lost")?;
            Ok(held.saturating_duration_since(*answered))
        })
        .collect::<Result<Vec<Duration>>>()?;
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    let (p50, p99, most) = (milliseconds(at(50)), milliseconds(at(99)), milliseconds(at(100)));
    println!(
        "{launches} launches at {OFFERED}/s: half within {p50:.1} ms, 99 % within {p99:.1} ms, all within {most:.1} ms"
    );
    let (figure, limit) = (1_000.0 / p99, 1.0 / LIMIT.as_secs_f64());
    println!(
        "{}",
        json!({ "figure": figure, "unit": "1/s", "limit": limit, "ratio": figure / limit, "p99_ms": p99,
                "limit_ms": LIMIT.as_millis(), "p50_ms": p50, "max_ms": most, "agents": AGENTS,
                "offered_per_second": OFFERED, "launches": launches })
    );
    platform.end().await;
    Ok(())
}

/// Offers launches at an even rate, whatever becomes of them, and says when each was answered.
async fn offer(platform: &Platform, launches: usize) -> Result<HashMap<InstanceId, Instant>> {
    let mut tick = tokio::time::interval(Duration::from_secs(1) / OFFERED);
    let mut offered = JoinSet::new();
    for number in 0..launches {
        tick.tick().await;
        let (app, launch) = (platform.app(), platform.launch(number));
        offered.spawn(async move {
            let instance = launch::execute(&app, &launch).await?;
            anyhow::Ok((instance, Instant::now()))
        });
    }
    offered.join_all().await.into_iter().collect()
}

/// When each launch's agent was known to hold the task.
async fn held(log: Log, after: u64, launches: usize) -> Result<HashMap<InstanceId, Instant>> {
    let (mut position, mut tasks, mut held) = (after, HashMap::new(), HashMap::new());
    let mut head = log.head();
    while held.len() < launches {
        head.borrow_and_update();
        let page = log.read(position, 1_000).await?;
        if page.is_empty() {
            let moved = tokio::time::timeout(PATIENCE, head.changed()).await;
            moved.with_context(|| format!("{} of {launches} launches reached their agents", held.len()))??;
            continue;
        }
        let now = Instant::now();
        for stored in &page {
            position = stored.position;
            let entry = stored.entry()?;
            if entry.stream.kind != "node_task" {
                continue;
            }
            let task = TaskId::from_uuid(entry.stream.id);
            let mut fields = payload::deserializer(stored.payload()?.context("a payload was erased")?);
            match node_task::Event::deserialize_fields(entry.event, entry.schema, &mut fields)? {
                node_task::Event::Queued(queued) => {
                    let target = queued.target.context("every task here is a launch")?;
                    ensure!(tasks.insert(task, target.instance).is_none(), "a task was queued twice");
                }
                node_task::Event::Delivered(_) => {
                    held.insert(*tasks.get(&task).context("a task was delivered before it was queued")?, now);
                }
                _ => {}
            }
        }
    }
    Ok(held)
}
