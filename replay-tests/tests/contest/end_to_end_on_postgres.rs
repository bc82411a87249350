//! The contest itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use gpuaas_api::keystore::KeyStore;
use gpuaas_log::Log;
use gpuaas_log::appender::AppenderOptions;
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::checkpointer::Checkpointer;
use gpuaas_log::store::{PostgresLog, PostgresOptions};
use serde_json::Value;
use tempfile::TempDir;

use super::catalog::{Catalog, Node};
use super::client::Client;
use super::server::{Database, Server};
use super::side::{LAUNCH_EVERY, Side};
use crate::outsider::python;

const ALLOCATIONS: usize = 1_000;
const NODES: u16 = 2;
const SLOTS_OF_EACH: u16 = 4;
/// What the traces of each server's clients begin with.
const MARKS: [u64; 2] = [0x0a, 0x0b];
const PATIENCE: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_allocations_of_two_servers_have_eight_slots_one_after_another() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let (folder, database) = (TempDir::new().unwrap(), Database::create().await);
    let servers = ["first", "further"].map(|place| Server::start(folder.path(), &database, place));
    let token = std::fs::read_to_string(folder.path().join("first/admin.token")).unwrap();
    let operator = Client::new(&servers[0].api, token.trim(), 1);
    let catalog = Arc::new(Catalog::stock(&operator, &servers[0].api).await);
    let mut nodes = Vec::new();
    for (number, server) in servers.iter().enumerate() {
        nodes.push(Node::start(&operator, &server.gateway, &format!("node-{number}"), SLOTS_OF_EACH).await);
    }
    let sides = [0, 1].map(|number| {
        let client = Client::new(&servers[number].api, &catalog.token, MARKS[number]);
        Side::new(client, Arc::clone(&catalog))
    });
    compete(&sides).await;
    let metrics = metrics(folder.path(), &servers).await;
    for node in nodes {
        node.stop().await;
    }
    for server in servers {
        server.end();
    }
    let (export, key) = export(folder.path(), &database).await;
    let said = judge(&export, &key, &metrics);
    println!("{said}");
    check(&said, &sides);
    database.drop_now().await;
}

/// Lets both sides ask, and when all that were asked for wait for eight slots, use them up.
async fn compete(sides: &[Side; 2]) {
    let (taken, began) = (AtomicUsize::new(0), Instant::now());
    let [one, other] = sides;
    let all = async {
        tokio::join!(one.ask(&taken, ALLOCATIONS), other.ask(&taken, ALLOCATIONS));
        println!("{ALLOCATIONS} allocations were asked for within {:.1} s", began.elapsed().as_secs_f64());
        tokio::join!(one.use_up(), other.use_up());
    };
    tokio::time::timeout(PATIENCE, all).await.expect("all of them run in time");
    println!("all of them have had a slot and ended within {:.1} s", began.elapsed().as_secs_f64());
}

/// What each server counts, as files.
async fn metrics(folder: &Path, servers: &[Server; 2]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for (number, server) in servers.iter().enumerate() {
        let file = folder.join(format!("metrics-{number}"));
        std::fs::write(&file, Client::new(&server.api, "", 1).metrics().await).unwrap();
        files.push(file);
    }
    files
}

/// The whole log as a file, and the key that signed it.
async fn export(folder: &Path, database: &Database) -> (PathBuf, String) {
    let store = Arc::new(PostgresLog::open(PostgresOptions::new(database.url())).await.unwrap());
    let log = Log::open(store, AppenderOptions::default()).await.unwrap();
    let keys = KeyStore::open(&folder.join("keys")).unwrap();
    let signer = Signer::from_seed(log.origin(), keys.log_signing(1).unwrap().bytes()).unwrap();
    let key = signer.verifier().to_string();
    let kept = folder.join("first/checkpoint");
    let checkpointer = Checkpointer::open(log.clone(), vec![signer], kept).await.unwrap();
    checkpointer.checkpoint().await.unwrap();
    let file = folder.join("export");
    std::fs::write(&file, log.export_whole(Vec::new()).await.unwrap()).unwrap();
    drop(checkpointer);
    log.close().await;
    (file, key)
}

/// What the outsider finds.
fn judge(export: &Path, key: &str, metrics: &[PathBuf]) -> Value {
    let mut arguments: Vec<String> = vec![export.to_str().unwrap().to_owned(), "--key".to_owned(), key.to_owned()];
    for mark in MARKS {
        arguments.extend(["--mark".to_owned(), format!("{mark:016x}")]);
    }
    for file in metrics {
        arguments.extend(["--metrics".to_owned(), file.to_str().unwrap().to_owned()]);
    }
    let output = python::run("contest.py", arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{errors}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// That it is what has to be, and what the clients saw.
fn check(said: &Value, sides: &[Side; 2]) {
    let slots = u64::from(NODES * SLOTS_OF_EACH);
    assert_eq!((said["slots"].as_u64(), said["most_at_once"].as_u64()), (Some(slots), Some(slots)));
    let count = |field: &str| said[field].as_u64().map(|count| count as usize);
    for field in ["allocations", "placed", "released"] {
        assert_eq!(count(field), Some(ALLOCATIONS), "{field}: {said}");
    }
    let launched: usize = sides.iter().map(|side| side.asked() / LAUNCH_EVERY).sum();
    assert_eq!(count("ran"), Some(launched), "{said}");
    for (side, mark) in sides.iter().zip(MARKS) {
        let share = said["asked"][format!("{mark:016x}")].as_u64().unwrap() as usize;
        assert_eq!(share, side.asked(), "{said}");
        assert!(share * 100 >= ALLOCATIONS * 30, "{said}");
    }
    assert!(said["conflicts"].as_u64().unwrap() > 0, "{said}");
}
