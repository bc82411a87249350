//! How tasks reach their node.

use std::time::{Duration, Instant};

use gpuaas_domain::id::TaskId;
use gpuaas_domain::node_protocol::output::ExecutorOutput;
use gpuaas_domain::node_protocol::report::{ReportItem, TaskReport, TaskStep};
use gpuaas_domain::node_protocol::stream::ServerFrame;

use super::node::{Node, Stream};
use super::records::{CancelTask, QueueTask, execute};
use super::{enrolled, eventually};
use crate::harness::Running;

async fn tasks(stream: &mut Stream, count: usize) -> Vec<TaskId> {
    let mut tasks = Vec::new();
    while tasks.len() < count {
        match stream.next().await {
            Some(ServerFrame::Task(envelope)) => {
                assert_eq!(blake3::hash(envelope.spec.as_bytes()).as_bytes(), &envelope.spec_hash.0);
                tasks.push(envelope.task);
            }
            other => panic!("{other:?} in place of a task"),
        }
    }
    tasks
}

pub(super) fn step(task: TaskId, step: TaskStep) -> ReportItem {
    ReportItem::Task(Box::new(TaskReport { task, generation: 1, at: gpuaas_api::keystore::now(), step }))
}

pub(super) fn done() -> TaskStep {
    TaskStep::Succeeded { output: ExecutorOutput::untouched("test", "done") }
}

async fn end(running: &Running, node: &mut Node, task: TaskId) {
    node.report(vec![step(task, TaskStep::Accepted), step(task, done())]).await.expect(200);
    let path = format!("/api/v1/nodes/{}/tasks?status=succeeded", node.id);
    let admin = running.admin();
    eventually("the task's end", async || {
        let page = admin.get(&path).await.expect(200);
        page["items"].as_array().unwrap().iter().any(|item| item["id"] == task.to_string()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn open_tasks_come_in_order_after_each_connect_and_new_ones_at_once() {
    let running = Running::start().await;
    let mut node = enrolled(&running, "one").await;
    let other = enrolled(&running, "other").await;
    let mut queued = Vec::new();
    for _ in 0..5 {
        queued.push(execute(running.app(), &QueueTask::status(node.id)).await);
        execute(running.app(), &QueueTask::status(other.id)).await;
    }
    let mut stream = node.stream().await;
    assert_eq!(tasks(&mut stream, 5).await, queued);
    for _ in 0..5 {
        let began = Instant::now();
        queued.push(execute(running.app(), &QueueTask::status(node.id)).await);
        assert_eq!(tasks(&mut stream, 1).await, queued[queued.len() - 1..]);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
    drop(stream);
    end(&running, &mut node, queued[3]).await;
    queued.remove(3);
    assert_eq!(tasks(&mut node.stream().await, 9).await, queued);
}

#[tokio::test]
async fn a_restarted_server_tells_what_was_open_before() {
    let running = Running::start().await;
    let mut node = enrolled(&running, "one").await;
    let one = execute(running.app(), &QueueTask::status(node.id)).await;
    let other = execute(running.app(), &QueueTask::status(node.id)).await;
    end(&running, &mut node, one).await;
    let directory = running.directory().clone();
    running.stop().await;
    let running = Running::in_directory(directory, |_| {}).await;
    node.gateway = super::node::Gateway::of(&running, Some(format!("{}{}", node.key.pem(), node.pem)));
    assert_eq!(tasks(&mut node.stream().await, 1).await, [other]);
}

#[tokio::test]
async fn a_task_that_is_taken_back_is_told() {
    let running = Running::start().await;
    let mut node = enrolled(&running, "one").await;
    let mut stream = node.stream().await;
    let [unknown, known] = [(); 2].map(|()| QueueTask::status(node.id));
    let (unknown, known) = (execute(running.app(), &unknown).await, execute(running.app(), &known).await);
    assert_eq!(tasks(&mut stream, 2).await, [unknown, known]);
    node.report(vec![step(known, TaskStep::Accepted)]).await.expect(200);
    for task in [unknown, known] {
        execute(running.app(), &CancelTask(task)).await;
        let cancelled = stream.next().await;
        assert!(matches!(&cancelled, Some(ServerFrame::Cancel(cancel)) if cancel.task == task), "{cancelled:?}");
    }
    // What the node had is told again to its next stream, with the word that it is to be left off.
    let mut stream = node.stream().await;
    assert_eq!(tasks(&mut stream, 1).await, [known]);
    let told = [stream.next().await, stream.next().await];
    assert!(told.iter().all(|frame| matches!(frame, Some(ServerFrame::Cancel(_)))), "{told:?}");
}
