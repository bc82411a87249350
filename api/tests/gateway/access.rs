//! Who gets in, and for how long.

use std::time::{Duration, Instant};

use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::stream::ServerFrame;
use reqwest::Method;
use serde_json::{Value, json};

use super::node::{Gateway, Key, Node};
use super::{SOON, enrolled, issued, shown};
use crate::harness::{Reply, Running};

const POSTED: [&str; 6] = [path::RENEW, path::HEARTBEAT, path::REPORTS, path::CREDENTIALS, path::PROGRESS, path::LOGS];

async fn operate(running: &Running, node: &Node, what: &str) -> Reply {
    let admin = running.admin();
    admin.send(admin.mutation(Method::POST, &format!("/api/v1/nodes/{}/{what}", node.id))).await
}

#[tokio::test]
async fn without_a_certificate_nothing_is_told_but_how_to_get_one() {
    let running = Running::start().await;
    let gateway = Gateway::of(&running, None);
    for posted in POSTED {
        gateway.post(posted, json!({})).await.refused(401, "node_certificate_unknown");
    }
    let tunnel = format!("{}/tun_01h2e8kqvbfwea724h75qc655w", path::TUNNELS);
    for asked in [path::TASKS, &tunnel] {
        let reply = gateway.send(gateway.http().get(gateway.url(asked))).await.unwrap();
        reply.refused(401, "node_certificate_unknown");
    }
    let nothing = gateway.send(gateway.http().get(gateway.url("/node/v2/tasks"))).await.unwrap();
    nothing.refused(404, "not_found");
}

#[tokio::test]
async fn a_certificate_of_another_platform_does_not_get_in() {
    let (running, elsewhere) = (Running::start().await, Running::start().await);
    let foreign = enrolled(&elsewhere, "one").await;
    let gateway = Gateway::of(&running, Some(format!("{}{}", foreign.key.pem(), foreign.pem)));
    let refused = gateway.try_post(path::HEARTBEAT, &json!({})).await;
    assert!(refused.is_err(), "{refused:?}");
}

#[tokio::test]
async fn a_node_that_was_enrolled_anew_is_its_new_keys_alone() {
    let running = Running::start().await;
    let old = enrolled(&running, "one").await;
    let mut stream = old.stream().await;
    let token = issued(&running, &old.id.to_string()).await;
    let new = Node::enroll(&running, &token, Key::new()).await.unwrap();
    assert_eq!(new.id, old.id);
    new.beat().await.expect(200);
    old.beat().await.refused(401, "node_certificate_unknown");
    let goodbye = stream.next().await;
    assert!(
        matches!(&goodbye, Some(ServerFrame::Goodbye(goodbye)) if &*goodbye.code == "node_certificate_unknown"),
        "{goodbye:?}"
    );
}

#[tokio::test]
async fn a_banned_nodes_open_stream_closes_at_once_and_nothing_more_is_taken() {
    let running = Running::start().await;
    let node = enrolled(&running, "one").await;
    let mut stream = node.stream().await;
    operate(&running, &node, "ban").await.expect(200);
    let banned = Instant::now();
    let goodbye = stream.next().await;
    assert!(matches!(&goodbye, Some(ServerFrame::Goodbye(goodbye)) if &*goodbye.code == "node_banned"), "{goodbye:?}");
    assert!(stream.next().await.is_none());
    assert!(banned.elapsed() < Duration::from_secs(2), "{:?}", banned.elapsed());
    node.beat().await.refused(403, "node_banned");
    let asked = node.gateway.http().get(node.gateway.url(path::TASKS));
    node.gateway.send(asked).await.unwrap().refused(403, "node_banned");
    let shown_banned = shown(&running, &node.id.to_string()).await;
    assert_eq!((&shown_banned["status"], &shown_banned["ban_reason"]), (&json!("banned"), &json!("operator")));

    operate(&running, &node, "unban").await.expect(200);
    node.beat().await.expect(200);
    node.stream().await;
}

#[tokio::test]
async fn a_certificate_counts_no_longer_than_it_says() {
    let running = Running::with(|config| config.gateway.certificate = Duration::from_secs(2)).await;
    let node = enrolled(&running, "one").await;
    let began = Instant::now();
    let refused = loop {
        // On an open connection it is the log that refuses, on a new one it is TLS.
        match node.gateway.try_post(path::RENEW, &json!({"csr": "none"})).await {
            Ok(reply) if reply.code() == "certificate_request_invalid" => {
                assert!(began.elapsed() < SOON, "it counts still");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(reply) => break reply.code() == "node_certificate_unknown",
            Err(_) => break true,
        }
    };
    assert!(refused);
}

#[tokio::test]
async fn what_is_not_of_the_protocol_is_refused_with_a_code() {
    let running = Running::start().await;
    let node = enrolled(&running, "one").await;
    let beat = json!({"boot_id": "b", "agent_version": "1", "at": 1, "running": 0, "waiting_reports": 0});
    let with = |field: &str, value: Value| {
        let mut changed = beat.clone();
        changed[field] = value;
        changed
    };
    for bad in [
        with("surprise", json!(1)),
        with("boot_id", json!("x".repeat(41))),
        with("boot_id", json!("a\nb")),
        with("running", json!("one")),
        json!(["b", "1", 1, 0, 0]),
    ] {
        node.gateway.post(path::HEARTBEAT, bad).await.refused(422, "invalid_field");
    }
    let raw = async |content_type: &str, body: String| {
        let request = node.gateway.http().post(node.gateway.url(path::HEARTBEAT));
        node.gateway.send(request.header("content-type", content_type).body(body)).await.unwrap()
    };
    raw("text/plain", beat.to_string()).await.refused(415, "unsupported_media_type");
    raw("application/json", "{\"boot_id\":".to_owned()).await.refused(400, "malformed_json");
    raw("application/json", "{\"at\":1,\"at\":2}".to_owned()).await.refused(400, "malformed_json");
    raw("application/json", format!("\"{}\"", "x".repeat(5000))).await.refused(413, "body_too_large");
    let request = node.gateway.http().delete(node.gateway.url(path::HEARTBEAT));
    node.gateway.send(request).await.unwrap().refused(405, "method_not_allowed");
}

#[tokio::test]
async fn a_node_that_is_silent_goes_offline_and_comes_back() {
    let running = Running::with(|config| config.gateway.offline_after = Duration::from_millis(1200)).await;
    let node = enrolled(&running, "one").await;
    let id = node.id.to_string();
    let status = async |wanted: &'static str| {
        super::eventually(wanted, async || (shown(&running, &id).await["status"] == wanted).then_some(())).await;
    };
    status("online").await;
    status("offline").await;
    assert!(shown(&running, &id).await["last_heard_at"].is_string());
    node.beat().await.expect(200);
    status("online").await;
}

#[tokio::test]
async fn a_node_that_another_server_hears_stays_online() {
    let database = crate::harness::Database::create().await;
    let keys = tempfile::tempdir().unwrap();
    let soon = |config: &mut gpuaas_api::Config| config.gateway.offline_after = Duration::from_millis(2500);
    let configure = || {
        let share = database.configure(keys.path());
        move |config: &mut gpuaas_api::Config| {
            share(config);
            soon(config);
        }
    };
    let one = Running::with(configure()).await;
    let (_, token) = super::registered(&one, "one").await;
    let ca = std::fs::read(keys.path().join("node-ca.pem")).unwrap();
    let folder = one.directory().path().join("keys");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("node-ca.pem"), ca).unwrap();
    // It hears nothing of the node itself, whatever it waits. It is up before the node is, which
    // then has nothing else to do than to be heard.
    let other = Running::with(configure()).await;
    let node = Node::enroll(&one, &token, Key::new()).await.unwrap();
    node.beat().await.expect(200);
    let until = Instant::now() + Duration::from_secs(6);
    while Instant::now() < until {
        node.beat().await.expect(200);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let offline = gpuaas_log::append::StreamId::new("node", gpuaas_domain::id::TypedId::uuid(node.id));
    let entries = other.log().read_stream(&offline, 0, 100).await.unwrap();
    let events: Vec<String> = entries.iter().map(|stored| stored.entry().unwrap().event.to_owned()).collect();
    assert!(!events.contains(&"node.went_offline".to_owned()), "{events:?}");
    one.stop().await;
    other.stop().await;
    database.drop_now().await;
}
