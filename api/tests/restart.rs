//! A server that ends without notice is ready again at once, with all that it acknowledged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gpuaas_api::StartError;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Running, Tenant, config};

/// How soon a server has to be ready.
const READY: Duration = Duration::from_millis(500);
/// The machine may be busy with other tests: the best of a few starts counts.
const STARTS: usize = 5;

async fn start(directory: &Arc<TempDir>) -> (Running, Duration) {
    let began = Instant::now();
    let running = Running::in_directory(directory.clone(), |_| {}).await;
    (running, began.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_an_empty_directory_is_ready_within_half_a_second() {
    let mut best = Duration::MAX;
    for _ in 0..STARTS {
        let directory = Arc::new(TempDir::new().unwrap());
        let (running, took) = start(&directory).await;
        running.stop().await;
        best = best.min(took);
    }
    eprintln!("ready after {best:?}");
    assert!(best < READY, "{best:?}");
}

#[test]
fn a_server_that_was_killed_is_ready_again_with_all_it_acknowledged() {
    let directory = Arc::new(TempDir::new().unwrap());
    let mut best = Duration::MAX;
    let mut acknowledged = Vec::new();
    for round in 0..STARTS {
        // What runs on a runtime that is shut down is dropped where it stands: nothing ends well.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (running, took, slug) = runtime.block_on(async {
            let (running, took) = start(&directory).await;
            let slug = format!("round-{round}");
            Tenant::create(&running, &slug).await;
            for kept in &acknowledged {
                let found = running.admin().get(&format!("/api/v1/orgs?slug={kept}")).await.expect(200);
                assert_eq!(found["items"].as_array().unwrap().len(), 1, "{kept}");
            }
            (running, took, slug)
        });
        drop(running);
        runtime.shutdown_timeout(Duration::from_secs(5));
        acknowledged.push(slug);
        if round > 0 {
            best = best.min(took);
        }
    }
    eprintln!("ready after {best:?}");
    assert!(best < READY, "{best:?}");
}

#[tokio::test]
async fn two_servers_on_one_data_directory_are_refused() {
    let running = Running::start().await;
    let config = crate::harness::config(running.directory().path());
    let refused = gpuaas_api::serve(config).await.err().expect("one of them must not start");
    assert!(refused.to_string().contains("another server"), "{refused}");
}

#[tokio::test]
async fn the_admin_token_is_the_owners_alone_and_can_be_rotated() {
    use std::os::unix::fs::PermissionsExt as _;
    let running = Running::start().await;
    let file = running.directory().path().join("admin.token");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let old = running.admin();
    let rotated = old.send(old.mutation(reqwest::Method::POST, "/api/v1/admin/token/rotate")).await.expect(201);
    assert_eq!(rotated["token"]["purpose"], "admin");
    old.get("/api/v1/users/me").await.refused(401, "token_revoked");
    let new = running.admin();
    new.get("/api/v1/users/me").await.expect(200);
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), rotated["bearer"].as_str().unwrap());
}

#[tokio::test]
async fn an_admin_who_changed_the_address_is_still_the_operator_after_a_restart() {
    let running = Running::start().await;
    let me = running.admin().patch("/api/v1/users/me", json!({"email": "ops@example.org"})).await.expect(200);
    let directory = running.directory().clone();
    running.stop().await;
    std::fs::remove_file(directory.path().join("admin.token")).unwrap();
    let again = Running::in_directory(directory, |_| {}).await;
    assert_eq!(again.admin().get("/api/v1/users/me").await.expect(200)["id"], me["id"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_without_the_key_store_that_it_was_written_with_is_not_started_on() {
    let directory = Arc::new(TempDir::new().unwrap());
    let running = Running::in_directory(directory.clone(), |_| {}).await;
    Tenant::create(&running, "acme").await;
    running.stop().await;
    let (keys, aside) = (directory.path().join("keys"), directory.path().join("aside"));
    std::fs::rename(&keys, &aside).unwrap();
    let refused = gpuaas_api::serve(config(directory.path())).await.err().unwrap();
    assert!(matches!(refused, StartError::KeysMissing { .. }), "{refused}");
    assert!(refused.to_string().contains("put the key store back from its own backup"), "{refused}");
    assert!(!keys.exists(), "a new key store was made");
    std::fs::rename(&aside, &keys).unwrap();
    let running = Running::in_directory(directory, |_| {}).await;
    let again = json!({"slug": "acme", "display_name": "Again"});
    running.admin().post("/api/v1/orgs", again).await.refused(409, "name_taken");
}
