use uuid::Uuid;

use super::*;
use crate::aggregate::Aggregate;
use crate::fixed::Digest;
use crate::id::{NodeId, TypedId};
use crate::node_protocol::output::{ExecutorOutput, Failure, FailureCode};

fn node(number: u128) -> NodeId {
    NodeId::from_uuid(Uuid::from_u128(number))
}

fn queued() -> NodeTask {
    let queued =
        Queued { node: node(1), kind: TaskKind::OciRuntimeStatus, target: None, generation: 3, spec: Digest([1; 32]) };
    NodeTask::default().evolve_all(&NodeTask::default().decide(Command::Queue(queued)).unwrap())
}

fn to(advance: Advance) -> Command {
    Command::Advance { node: node(1), generation: 3, to: Box::new(advance) }
}

fn succeeded() -> Advance {
    Advance::Succeeded(Succeeded { output: ExecutorOutput::untouched("docker", "fine") })
}

fn failed() -> Advance {
    let failure = Failure::new(FailureCode::RuntimeUnavailable, "start Docker");
    Advance::Failed(Failed { failure, output: ExecutorOutput::untouched("docker", "gone") })
}

fn after(commands: impl IntoIterator<Item = Command>) -> NodeTask {
    commands.into_iter().fold(queued(), |task, command| {
        let events = task.decide(command).unwrap();
        task.evolve_all(&events)
    })
}

#[test]
fn a_task_goes_from_queued_to_its_end() {
    let task = after([to(Advance::Delivered), to(Advance::Running), to(succeeded())]);
    assert!(matches!(task, NodeTask::Ended(ended) if matches!(ended.end, End::Succeeded(_))));
}

#[test]
fn what_a_node_says_twice_gives_no_event() {
    let running = after([to(Advance::Running)]);
    assert_eq!(running.decide(to(Advance::Delivered)).unwrap(), []);
    assert_eq!(running.decide(to(Advance::Running)).unwrap(), []);
    let ended = after([to(succeeded())]);
    for repeated in [Advance::Delivered, Advance::Running, succeeded()] {
        assert_eq!(ended.decide(to(repeated)).unwrap(), []);
    }
}

#[test]
fn a_task_ends_once() {
    assert!(matches!(after([to(succeeded())]).decide(to(failed())), Err(Rejection::Ended)));
}

#[test]
fn another_node_cannot_report_on_a_task() {
    let foreign = Command::Advance { node: node(2), generation: 3, to: Box::new(Advance::Running) };
    assert!(matches!(queued().decide(foreign), Err(Rejection::AnotherNode)));
}

#[test]
fn a_stale_generation_is_refused() {
    let stale = Command::Advance { node: node(1), generation: 2, to: Box::new(Advance::Running) };
    assert!(matches!(queued().decide(stale), Err(Rejection::AnotherGeneration { expected: 3 })));
}

#[test]
fn a_task_that_was_not_delivered_is_cancelled_at_once() {
    let events = queued().decide(Command::Cancel).unwrap();
    assert_eq!(events, [Cancelled { output: None }.into()]);
}

#[test]
fn a_task_that_a_node_has_is_cancelled_by_the_node() {
    let task = after([to(Advance::Delivered), Command::Cancel]);
    assert!(matches!(task, NodeTask::Open { cancel_requested: true, .. }));
    assert_eq!(task.decide(Command::Cancel).unwrap(), []);
    let cancelled = Cancelled { output: Some(ExecutorOutput::untouched("docker", "left off")) };
    assert_eq!(task.decide(to(Advance::Cancelled(cancelled.clone()))).unwrap(), [cancelled.into()]);
}
