//! Nothing that was acknowledged is lost, whatever is killed; no half append is left; and
//! the chain verifies.

mod killed_appender;
mod killed_postgres;
mod two_processes;

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::Arc;

use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::indexes;
use gpuaas_log::log::Log;
use gpuaas_log::store::LogStore;
use gpuaas_log::verify::{Options, Report, verify};
use gpuaas_replay_tests::crash::lanes::Record;
use gpuaas_replay_tests::crash::recorder::Acknowledged;
use gpuaas_replay_tests::crash::world::{options, signer, stream};
use uuid::Uuid;

/// The program that is killed.
const APPENDER: &str = env!("CARGO_BIN_EXE_appender");
/// Clients: more than the 64 that must be in flight.
const CLIENTS: u64 = 96;
/// At least so many appends are in flight when something is killed.
const IN_FLIGHT: usize = 64;
const KILLS: u32 = 20;

/// Compares a log with what its clients know, and verifies it whole.
async fn check(store: Arc<dyn LogStore>, records: &[Record]) -> Report {
    let log = Log::open(Arc::clone(&store), options()).await.unwrap();
    let first_positions = first_positions(&log).await;
    for record in records {
        assert!(!record.acknowledged.is_empty());
        for Acknowledged { command_id, position } in &record.acknowledged {
            assert_eq!(first_positions.get(command_id), Some(position), "it was acknowledged");
        }
        for refused in &record.refused {
            assert_eq!(first_positions.get(refused), None, "it was refused");
        }
        for (lane, version) in &record.versions {
            assert_eq!(log.stream_version(&stream(*lane)).await.unwrap(), *version, "lane {lane}");
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let checkpointer =
        Checkpointer::adopt(log.clone(), vec![signer()], directory.path().join("checkpoint")).await.unwrap();
    checkpointer.checkpoint().await.unwrap();
    let export = log.export_whole(Vec::new()).await.unwrap();
    let report = verify(&mut Cursor::new(export), &Options::default(), &mut |_| {}).unwrap();
    indexes::check(&*store).await.unwrap();
    drop(checkpointer);
    log.close().await;
    report
}

/// Where each command's first entry is.
async fn first_positions(log: &Log) -> HashMap<Uuid, u64> {
    let mut positions = HashMap::new();
    let mut last = 0;
    loop {
        let entries = log.read(last, 1_000).await.unwrap();
        let Some(end) = entries.last() else { return positions };
        last = end.position;
        for stored in &entries {
            let entry = stored.entry().unwrap();
            if entry.append.index == 0 {
                positions.insert(entry.append.command_id, entry.position);
            }
        }
    }
}
