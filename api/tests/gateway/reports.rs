//! What nodes report, true or not.

use gpuaas_api::keystore::now;
use gpuaas_domain::Timestamp;
use gpuaas_domain::attestation::{Interval, Statement};
use gpuaas_domain::bounded::Document;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AllocationId, InstanceId, TypedId as _};
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::report::{MAX_ITEMS, ReportItem, SignedReport, SignedStatement, TaskStep};
use gpuaas_domain::node_protocol::stream::ServerFrame;
use serde_json::{Value, json};
use uuid::Uuid;

use super::enrolled;
use super::node::{Key, Node};
use super::records::{Allocate, QueueTask, execute, text};
use super::tasks::{done, step};
use crate::harness::{Running, Tenant};

const SECOND: u64 = 1_000_000;

fn codes(answer: &Value) -> Vec<(u64, String)> {
    let refused = answer["refused"].as_array().unwrap().iter();
    refused.map(|item| (item["index"].as_u64().unwrap(), item["code"].as_str().unwrap().to_owned())).collect()
}

async fn events(running: &Running, after: u64) -> Vec<String> {
    let entries = running.log().read(after, 1000).await.unwrap();
    entries.iter().map(|stored| stored.entry().unwrap().event.to_owned()).collect()
}

#[tokio::test]
async fn a_report_for_another_nodes_task_is_refused_alone() {
    let running = Running::start().await;
    let (mut node, other) = (enrolled(&running, "one").await, enrolled(&running, "other").await);
    let own = execute(running.app(), &QueueTask::status(node.id)).await;
    let foreign = execute(running.app(), &QueueTask::status(other.id)).await;
    let before = *running.log().head().borrow();
    let items = vec![step(foreign, done()), step(own, TaskStep::Accepted), step(own, done())];
    let answer = node.report(items).await.expect(200);
    assert_eq!(codes(&answer), [(0, "task_of_another_node".to_owned())]);
    let events = events(&running, before).await;
    assert_eq!(events, ["node_report.extended", "node_task.delivered", "node_task.succeeded"]);
    // It has ended otherwise, and of another generation it never was.
    let ReportItem::Task(mut stale) = step(own, done()) else { unreachable!("it is a task's") };
    stale.generation = 7;
    let cancelled = step(own, TaskStep::Cancelled { output: output() });
    let answer = node.report(vec![ReportItem::Task(stale), cancelled]).await.expect(200);
    assert_eq!(codes(&answer), [(0, "stale_generation".to_owned()), (1, "task_ended".to_owned())]);
}

fn output() -> gpuaas_domain::node_protocol::output::ExecutorOutput {
    gpuaas_domain::node_protocol::output::ExecutorOutput::untouched("test", "left off")
}

#[tokio::test]
async fn a_report_that_another_key_signed_or_that_is_another_nodes_is_refused() {
    let running = Running::start().await;
    let (node, other) = (enrolled(&running, "one").await, enrolled(&running, "other").await);
    let before = *running.log().head().borrow();
    let send = async |by: &Node, report: &SignedReport| {
        by.gateway.post(path::REPORTS, serde_json::to_value(report).unwrap()).await
    };
    let (report, _) = node.signed(vec![]);
    let signature = Key::new().sign(&SignedReport::signed_bytes(&report.body));
    let forged = SignedReport { signature, ..report.clone() };
    send(&node, &forged).await.refused(401, "node_signature_invalid");
    // Without the word that says what for.
    let bare = SignedReport { signature: node.key.sign(report.body.as_bytes()), ..report.clone() };
    send(&node, &bare).await.refused(401, "node_signature_invalid");
    send(&other, &report).await.refused(401, "node_signature_invalid");
    let body = report.body.replace(&node.id.to_string(), &other.id.to_string());
    let signature = node.key.sign(&SignedReport::signed_bytes(&body));
    let lie = SignedReport { body: Document::new(body).unwrap(), signature };
    send(&node, &lie).await.refused(401, "node_signature_invalid");
    assert_eq!(events(&running, before).await, [""; 0]);
}

#[tokio::test]
async fn a_report_is_read_strictly() {
    let running = Running::start().await;
    let node = enrolled(&running, "one").await;
    let (good, _) = node.signed(vec![]);
    let send = async |body: String| {
        let signature = node.key.sign(&SignedReport::signed_bytes(&body));
        node.gateway.post(path::REPORTS, json!({"body": body, "signature": signature})).await
    };
    let items = |items: &str| good.body.replace("\"items\":[]", &format!("\"items\":{items}"));
    send(items("[{\"surprise\":{}}]")).await.refused(422, "invalid_field");
    send(items("[],\"surprise\":1")).await.refused(422, "invalid_field");
    send(items("[],\"items\":[]")).await.refused(400, "malformed_json");
    send("{".to_owned()).await.refused(400, "malformed_json");
    let task =
        "{\"task\":{\"task\":\"task_01h2e8kqvbfwea724h75qc655w\",\"generation\":1,\"at\":1,\"step\":\"accepted\"}}";
    let many = format!("[{}]", vec![task; MAX_ITEMS + 1].join(","));
    send(items(&many)).await.refused(422, "invalid_field");
    send("x".repeat(300 * 1024)).await.refused(422, "invalid_field");
    send("x".repeat(600 * 1024)).await.refused(413, "body_too_large");
}

#[tokio::test]
async fn reports_come_once_and_in_order() {
    let running = Running::start().await;
    let mut node = enrolled(&running, "one").await;
    let (first, hash) = node.signed(vec![]);
    let send = async |node: &Node, report: &SignedReport| {
        node.gateway.post(path::REPORTS, serde_json::to_value(report).unwrap()).await
    };
    let answer = send(&node, &first).await.expect(200);
    assert_eq!((answer["sequence"].as_u64(), answer["hash"].as_str()), (Some(1), Some(&*hash.to_string())));
    // The answer may have been lost.
    assert_eq!(send(&node, &first).await.expect(200), answer);
    node.chain = node.chain.next(hash).next(Digest([1; 32]));
    let (ahead, _) = node.signed(vec![]);
    send(&node, &ahead).await.refused(409, "report_gap");
}

#[tokio::test]
async fn a_clone_of_a_nodes_key_is_noticed_and_the_node_is_banned() {
    let running = Running::start().await;
    let mut node = enrolled(&running, "one").await;
    let mut stream = node.stream().await;
    node.report(vec![]).await.expect(200);
    // Somebody copied the node's folder here.
    let identity = format!("{}{}", node.key.pem(), node.pem);
    let mut clone = Node {
        id: node.id,
        key: node.key.copy(),
        gateway: super::node::Gateway::of(&running, Some(identity)),
        chain: node.chain.clone(),
        pem: node.pem.clone(),
    };
    clone.report(vec![]).await.expect(200);
    let before = *running.log().head().borrow();
    node.report(vec![step(gpuaas_domain::id::TaskId::from_uuid(Uuid::from_u128(1)), done())])
        .await
        .refused(409, "report_forked");
    assert_eq!(events(&running, before).await, ["node_report.forked", "node.banned"]);
    assert!(matches!(stream.next().await, Some(ServerFrame::Goodbye(goodbye)) if &*goodbye.code == "node_banned"));
    for hand in [&node, &clone] {
        hand.beat().await.refused(403, "node_banned");
    }
    let shown = super::shown(&running, &node.id.to_string()).await;
    assert_eq!(shown["ban_reason"], "reports_forked");
}

/// That a workload ran from so many seconds ago until so many seconds ago.
fn statement(node: &Node, allocation: AllocationId, from: i64, until: i64) -> Statement {
    let now = now().0;
    let ago = |seconds: i64| Timestamp(now.checked_add_signed(-seconds * SECOND as i64).unwrap());
    Statement {
        allocation,
        boot_id: text("boot"),
        chain: node.chain.clone(),
        container: text("c0ffee"),
        container_started_at: ago(1000),
        generation: 1,
        instance: InstanceId::from_uuid(Uuid::from_u128(4)),
        intervals: vec![Interval { from: ago(from), until: ago(until) }],
        node: node.id,
    }
}

fn attested(key: &Key, statement: Statement) -> ReportItem {
    let signature = key.sign(&statement.signed_bytes());
    ReportItem::Attestation(Box::new(SignedStatement { statement, signature }))
}

#[tokio::test]
async fn attestations_of_the_future_overlapping_and_foreign_ones_are_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let (mut node, other) = (enrolled(&running, "one").await, enrolled(&running, "other").await);
    let allocate = |node: &Node| Allocate {
        node: node.id,
        organization: tenant.organization.parse().unwrap(),
        project: tenant.project.parse().unwrap(),
    };
    let own = execute(running.app(), &allocate(&node)).await;
    let foreign = execute(running.app(), &allocate(&other)).await;
    let before = *running.log().head().borrow();
    let unknown = AllocationId::from_uuid(Uuid::from_u128(77));
    let mut of_another = statement(&node, own, 40, 30);
    of_another.node = other.id;
    let items = [
        statement(&node, own, 60, 30),
        statement(&node, own, 40, 20),
        statement(&node, own, 30, -600),
        statement(&node, foreign, 60, 30),
        statement(&node, unknown, 60, 30),
        of_another,
        statement(&node, own, 20, 30),
        statement(&node, own, 30, 10),
    ];
    let items = items.into_iter().map(|statement| attested(&node.key, statement)).collect();
    let answer = node.report(items).await.expect(200);
    let expected = [
        (1, "attestation_overlaps"),
        (2, "attestation_in_future"),
        (3, "allocation_of_another_node"),
        (4, "allocation_of_another_node"),
        (5, "allocation_of_another_node"),
        (6, "invalid_field"),
    ];
    assert_eq!(codes(&answer), expected.map(|(index, code)| (index, code.to_owned())));
    let recorded = events(&running, before).await;
    let recorded = recorded.iter().filter(|event| *event == "attestation.recorded").count();
    assert_eq!(recorded, 2, "an hour late or not, what is true counts");
}

#[tokio::test]
async fn an_attestation_that_another_key_signed_leaves_nothing() {
    let running = Running::start().await;
    let mut node = enrolled(&running, "one").await;
    let before = *running.log().head().borrow();
    let statement = statement(&node, AllocationId::from_uuid(Uuid::from_u128(77)), 60, 30);
    node.report(vec![attested(&Key::new(), statement)]).await.refused(401, "node_signature_invalid");
    assert_eq!(events(&running, before).await, [""; 0]);
}
