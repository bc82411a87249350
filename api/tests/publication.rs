//! What is published under `/log`, to whom, and how far.

use std::time::Duration;

use gpuaas_api::publication::Publication;
use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::tiles::{Published, TILE_WIDTH, TileId, TilePath};
use reqwest::Method;
use serde_json::json;

use crate::harness::{Client, Running, Tenant, person};
use crate::receipts::bytes;

const CHECKPOINT: &str = "/log/checkpoint";
const TEXT: &str = "text/plain; charset=utf-8";
const OCTETS: &str = "application/octet-stream";

/// A server that opens its tree at a cadence.
async fn open(every: Duration) -> Running {
    Running::with(|config| config.publication = Publication { open: true, every }).await
}

/// Asks for a checkpoint of what is there now, and gives its size.
async fn signed(running: &Running) -> u64 {
    let wanted = running.log().commit_heads().await.unwrap();
    loop {
        match running.log().published().await.unwrap() {
            size if size >= wanted => return size,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

async fn caching(client: &Client, path: &str) -> String {
    let reply = client.request(Method::GET, path).send().await.unwrap();
    assert_eq!(reply.status().as_u16(), 200, "{path}");
    reply.headers()["cache-control"].to_str().unwrap().to_owned()
}

/// The last tile of hashes of leaves in a tree, as far as it goes, and its path.
fn edge(size: u64) -> (TileId, u64, String) {
    let id = TileId { level: 0, index: (size - 1) / TILE_WIDTH };
    let width = size - id.index * TILE_WIDTH;
    (id, width, path(Published::Hashes(id), width))
}

/// The path of the last bundle of entries, as far as it goes.
fn last_bundle(size: u64) -> String {
    let (TileId { index, .. }, width, _) = edge(size);
    path(Published::Entries(index), width)
}

fn path(published: Published, width: u64) -> String {
    format!("/log/tile/{}", TilePath { published, width })
}

#[tokio::test]
async fn the_log_is_published_to_platform_auditors_alone_unless_it_is_opened() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let size = signed(&running).await;
    let ((.., hashes), entries) = (edge(size), last_bundle(size));
    for path in [CHECKPOINT, &hashes, &entries] {
        running.anonymous().get(path).await.refused(401, "unauthenticated");
        tenant.admin.get(path).await.refused(403, "forbidden");
    }
    let (user, token, _) = person(&running.admin(), "eve").await;
    let roles = json!({"platform_roles": ["platform_auditor"]});
    running.admin().patch(&format!("/api/v1/users/{user}"), roles).await.expect(200);
    let size = signed(&running).await;
    let auditor = running.client(&token);
    let checkpoint = SignedCheckpoint::parse(&bytes(&auditor, CHECKPOINT, TEXT).await).unwrap();
    assert_eq!(checkpoint.checkpoint().size, size);
    assert_eq!(checkpoint.signed_by_log(&running.log().keys().await.unwrap()).unwrap().len(), 1);
    let log = running.log();
    let mut tree = log.tree(size).await.unwrap();
    let ((id, width, hashes), entries) = (edge(size), last_bundle(size));
    assert_eq!(bytes(&auditor, &hashes, OCTETS).await, tree.tile(id, width).await.unwrap());
    assert_eq!(bytes(&auditor, &entries, OCTETS).await, tree.bundle(id.index, width).await.unwrap());
    assert_eq!(caching(&auditor, CHECKPOINT).await, "private, no-cache");
    assert_eq!(caching(&auditor, &hashes).await, "private, max-age=31536000, immutable");
    assert_eq!(caching(&auditor, &entries).await, "private, max-age=31536000, immutable");
}

#[tokio::test]
async fn nothing_beyond_the_checkpoint_and_no_other_spelling_is_there() {
    let running = Running::start().await;
    let size = signed(&running).await;
    let operator = running.admin();
    bytes(&operator, &edge(size).2, OCTETS).await;
    let next = size / TILE_WIDTH;
    let beyond = [
        edge(size + 1).2,
        last_bundle(size + 1),
        path(Published::Hashes(TileId { level: 0, index: next }), TILE_WIDTH),
        path(Published::Entries(next), TILE_WIDTH),
        path(Published::Hashes(TileId { level: 1, index: 0 }), next + 1),
    ];
    let spelled = [
        "/log/tile/0/x001/000.p/1",
        "/log/tile/63/000.p/1",
        "/log/tile/64/000.p/1",
        "/log/tile/entries/x001/000",
        "/log/tile/0/x999/x999/x999/x999/x999/999.p/1",
        "/log/tile/0/000.p/0",
        "/log/tile/0/0.p/1",
        "/log/tile/00/000.p/1",
        "/log/tile/0/x000/000.p/1",
        "/log/tile/data/000.p/1",
        "/log/tile/8/0/000.p/1",
        "/log/tile/0/",
        "/log/tile/",
        "/log/other",
    ];
    for path in beyond.iter().map(String::as_str).chain(spelled) {
        operator.get(path).await.refused(404, "not_found");
    }
}

#[tokio::test]
async fn an_opened_tree_is_for_everybody_and_its_entries_are_not() {
    let running = open(Duration::from_secs(1)).await;
    let tenant = Tenant::create(&running, "acme").await;
    signed(&running).await;
    let everybody = running.anonymous();
    // It comes when the second is over.
    let published = async {
        loop {
            let reply = everybody.request(Method::GET, CHECKPOINT).send().await.unwrap();
            if reply.status().is_success() {
                return reply.bytes().await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let published = tokio::time::timeout(Duration::from_secs(20), published).await.unwrap();
    let checkpoint = SignedCheckpoint::parse(&published).unwrap().checkpoint().clone();
    assert!(running.log().checkpoint(checkpoint.size).await.unwrap().is_some());
    let ((id, width, hashes), entries) = (edge(checkpoint.size), last_bundle(checkpoint.size));
    let log = running.log();
    let mut tree = log.tree(checkpoint.size).await.unwrap();
    let tile = tree.tile(id, width).await.unwrap();
    for client in [&everybody, &tenant.admin] {
        assert_eq!(bytes(client, &hashes, OCTETS).await, tile);
        assert_eq!(caching(client, &hashes).await, "public, max-age=31536000, immutable");
        assert_eq!(caching(client, CHECKPOINT).await, "public, max-age=5");
    }
    everybody.get(&entries).await.refused(401, "unauthenticated");
    tenant.admin.get(&entries).await.refused(403, "forbidden");
    assert_eq!(bytes(&running.admin(), &entries, OCTETS).await, tree.bundle(id.index, width).await.unwrap());
}

#[tokio::test]
async fn what_is_signed_between_two_moves_is_not_told() {
    // It will move when the first thousand years since 1970 are over.
    let running = open(Duration::from_secs(1_000 * 365 * 86_400)).await;
    let size = signed(&running).await;
    let (everybody, operator) = (running.anonymous(), running.admin());
    for client in [&everybody, &operator] {
        client.get(CHECKPOINT).await.refused(404, "not_found");
    }
    everybody.get(&edge(1).2).await.refused(404, "not_found");
    everybody.get("/api/v1/log/entries/1/receipt").await.refused(401, "unauthenticated");
    // Auditors see the tree as far as it is signed, and have their receipts.
    bytes(&operator, &edge(size).2, OCTETS).await;
    bytes(&operator, "/api/v1/log/entries/1/receipt", TEXT).await;
}
