//! `pymerkle` over HTTP: `replay-tests/outsider/published.py`.

use serde_json::Value;

use super::server::Published;
use crate::outsider::python;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pymerkle_builds_the_same_tree_and_accepts_every_receipt() {
    let server = Published::start().await;
    let sizes: Vec<String> = server.sizes.iter().map(ToString::to_string).collect();
    let arguments = [vec![server.url(), "--key".to_owned(), server.key().await], sizes].concat();
    let token = server.token();
    let output = tokio::task::spawn_blocking(move || python::run_with_token("published.py", arguments, &token));
    let output = output.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let last = *server.sizes.last().unwrap();
    assert_eq!((said["size"].as_u64(), said["entries"].as_u64()), (Some(last), Some(last)));
    assert_eq!(said["receipts"].as_u64(), Some(last), "each entry has one");
    let hashes = std::iter::successors(Some(last), |hashes| Some(hashes / 256)).take_while(|hashes| *hashes > 0);
    let tiles: u64 = hashes.map(|hashes| hashes.div_ceil(256)).sum();
    let pairs = server.sizes.len() * (server.sizes.len() + 1) / 2;
    assert_eq!((said["consistent"].as_u64(), said["tiles"].as_u64()), (Some(pairs as u64), Some(tiles)));
}
