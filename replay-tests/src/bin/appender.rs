//! A server that only appends: `appender postgres URL` or `appender sqlite DIRECTORY`.
//! It takes requests on standard input and answers on standard output, and is there to
//! be killed.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use gpuaas_log::append::AppendError;
use gpuaas_log::log::{Log, OpenError};
use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions, SqliteLog, SqliteOptions};
use gpuaas_replay_tests::crash::server::{Answer, Outcome, Request};
use gpuaas_replay_tests::crash::world::{genesis, move_lane, options, organizations};
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().context("a kind of store")?;
    let place = arguments.next().context("a place")?;
    let log = open(&kind, &place).await?;
    let (answers, answered) = mpsc::unbounded_channel();
    println!("ready");
    let writing = std::thread::spawn(|| write(answered));
    let mut lines = lines();
    while let Some(line) = lines.recv().await {
        let request = Request::from_line(&line)?;
        let (log, answers) = (log.clone(), answers.clone());
        tokio::spawn(async move {
            let outcome = outcome(log.append(move_lane(request.command_id, request.lane, request.expected)).await);
            let _ = answers.send(Answer { lane: request.lane, outcome });
        });
    }
    log.close().await;
    drop(answers);
    writing.join().expect("writing does not panic")
}

/// Standard input, until it is closed.
fn lines() -> mpsc::UnboundedReceiver<String> {
    let (read, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if read.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

async fn open(kind: &str, place: &str) -> Result<Log> {
    let store: Arc<dyn LogStore> = match kind {
        "postgres" => Arc::new(PostgresLog::open(PostgresOptions::new(place)).await?),
        "sqlite" => Arc::new(SqliteLog::open(SqliteOptions::new(place)).await?),
        other => bail!("not a kind of store: {other}"),
    };
    match Log::open(Arc::clone(&store), options()).await {
        Err(OpenError::Empty) => {
            let log = Log::create(store, &genesis(), options()).await?;
            for append in organizations() {
                log.append(append).await?;
            }
            Ok(log)
        }
        opened => Ok(opened?),
    }
}

/// What a client is told. A command that is in the log already was appended when it was
/// first asked for.
fn outcome(appended: Result<gpuaas_log::append::Appended, AppendError>) -> Outcome {
    match appended {
        Ok(appended) | Err(AppendError::Duplicate { first: appended, .. }) => {
            Outcome::Acknowledged(*appended.positions.start())
        }
        Err(AppendError::Unknown(_)) => Outcome::Unknown,
        Err(error) => Outcome::Refused(error.to_string()),
    }
}

fn write(mut answered: mpsc::UnboundedReceiver<Answer>) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let mut answers = Vec::new();
    while answered.blocking_recv_many(&mut answers, 1_000) > 0 {
        let lines: String = answers.drain(..).map(|answer| answer.to_line()).collect();
        out.write_all(lines.as_bytes())?;
        out.flush()?;
    }
    Ok(())
}
