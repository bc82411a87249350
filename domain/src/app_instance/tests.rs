use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::Rejected;
use crate::aggregate::Aggregate;
use crate::bounded::Text;
use crate::code::Code;
use crate::fixed::Digest;
use crate::id::{AllocationId, AppId, AppVersionId, ArtifactId, NodeId, OrganizationId, ProjectId, TaskId, TypedId};
use crate::node_protocol::output::{Endpoint, ExecutorOutput, Failure, FailureCode, Lifecycle};
use crate::node_protocol::task::{Image, LaunchValues};

fn task(number: u128) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(number))
}

fn request() -> Command {
    let uuid = Uuid::from_u128(1);
    Command::Request(Box::new(Requested {
        organization: OrganizationId::from_uuid(uuid),
        project: ProjectId::from_uuid(uuid),
        display_name: "My JupyterLab".into(),
        app: AppId::from_uuid(uuid),
        app_version: AppVersionId::from_uuid(uuid),
        artifact: ArtifactId::from_uuid(uuid),
        image: Image::Registry(Text::new(format!("r.io/lab@sha256:{}", "a1".repeat(32))).unwrap()),
        allocation: AllocationId::from_uuid(uuid),
        node: NodeId::from_uuid(uuid),
        values: LaunchValues {
            cpu_millis: 1000,
            memory_bytes: 1 << 30,
            gpu_count: 0,
            processes: 64,
            temporary_bytes: 1 << 20,
        },
        endpoints: vec![],
        launch: Digest([1; 32]),
    }))
}

fn output(lifecycle: Lifecycle, port: u16) -> Box<ExecutorOutput> {
    let endpoint = Endpoint {
        name: Text::new("web").unwrap(),
        container_port: 8888,
        address: Text::new("127.0.0.1").unwrap(),
        port,
    };
    let untouched = ExecutorOutput::untouched("docker", "exited with 137");
    Box::new(ExecutorOutput { lifecycle, endpoints: vec![endpoint], ..untouched })
}

fn queue(number: u128) -> Command {
    Command::QueueTask { task: task(number) }
}

fn taken(number: u128) -> Command {
    Command::Observe { task: task(number), observation: Observation::Taken }
}

fn done(number: u128) -> Command {
    Command::Observe { task: task(number), observation: Observation::Done(output(Lifecycle::Running, 40_000)) }
}

fn failed(number: u128) -> Command {
    let failure = Failure::new(FailureCode::ImageNotFound, "push the image");
    Command::Observe { task: task(number), observation: Observation::Failed(failure) }
}

fn decommission() -> Command {
    Command::Decommission(DecommissionReason::Requested)
}

fn after(commands: impl IntoIterator<Item = Command>) -> AppInstance {
    commands.into_iter().fold(AppInstance::default(), |state, command| {
        let events = state.decide(command).unwrap();
        state.evolve_all(&events)
    })
}

fn of(state: &AppInstance) -> &Instance {
    state.details().unwrap()
}

fn phase(state: &AppInstance) -> Phase {
    of(state).phase
}

fn refusal(state: &AppInstance, command: Command) -> Code {
    state.decide(command).unwrap_err().code()
}

#[test]
fn a_launch_goes_from_requested_to_running() {
    let mut state = after([request()]);
    let steps = [
        (queue(1), Phase::Queued, Some(Waiting::Delivery)),
        (taken(1), Phase::Deploying, Some(Waiting::Readiness)),
        (done(1), Phase::Running, None),
    ];
    assert_eq!((phase(&state), of(&state).waiting), (Phase::Requested, Some(Waiting::Platform)));
    for (command, next, waiting) in steps {
        let events = state.decide(command).unwrap();
        state = state.evolve_all(&events);
        assert_eq!((phase(&state), of(&state).waiting), (next, waiting));
    }
    assert_eq!((of(&state).generation, of(&state).endpoints[0].port), (1, 40_000));
}

#[test]
fn why_a_launch_waits_is_part_of_it() {
    let waiting = after([request(), Command::Wait(Waiting::NodeOnline)]);
    assert_eq!((phase(&waiting), of(&waiting).waiting), (Phase::Validating, Some(Waiting::NodeOnline)));
    assert_eq!(waiting.decide(Command::Wait(Waiting::NodeOnline)).unwrap(), []);
    assert_eq!(phase(&waiting.clone().evolve_all(&waiting.decide(queue(1)).unwrap())), Phase::Queued);
}

#[test]
fn a_workload_is_stopped_and_started() {
    let stopping = after([request(), queue(1), done(1), Command::Stop]);
    assert_eq!((phase(&stopping), of(&stopping).pending), (Phase::Stopping, Some(TaskAction::Stop)));
    let stopped = stopping.clone().evolve_all(&stopping.decide(queue(2)).unwrap());
    let stopped = stopped.clone().evolve_all(&stopped.decide(done(2)).unwrap());
    assert_eq!((phase(&stopped), of(&stopped).endpoints.len()), (Phase::Stopped, 0));
    assert_eq!(stopped.decide(Command::Stop).unwrap(), []);
    let starting = stopped.clone().evolve_all(&stopped.decide(Command::Start).unwrap());
    assert_eq!((phase(&starting), of(&starting).pending), (Phase::Starting, Some(TaskAction::Start)));
    let events = starting.decide(queue(3)).unwrap();
    assert_eq!(events, [TaskQueued { task: task(3), generation: 1, action: TaskAction::Start }.into()]);
    let running = starting.evolve_all(&events);
    assert_eq!(phase(&running.clone().evolve_all(&running.decide(done(3)).unwrap())), Phase::Running);
}

#[test]
fn what_a_node_says_of_an_older_task_changes_nothing() {
    let state = after([request(), queue(1), decommission(), queue(2)]);
    for old in [taken(1), done(1), failed(1)] {
        assert_eq!(state.decide(old).unwrap(), []);
    }
    assert_eq!(phase(&state.clone().evolve_all(&state.decide(done(2)).unwrap())), Phase::Decommissioned);
}

#[test]
fn a_launch_that_ends_after_its_cancellation_is_still_removed() {
    let cancelled = after([request(), queue(1), Command::Cancel]);
    for late in [taken(1), done(1), failed(1)] {
        assert_eq!(cancelled.decide(late).unwrap(), []);
    }
}

#[test]
fn a_launch_can_be_cancelled_at_any_time() {
    let nothing_yet = after([request(), Command::Cancel]);
    assert_eq!(phase(&nothing_yet), Phase::Decommissioned);
    for so_far in [vec![queue(1)], vec![queue(1), taken(1)]] {
        let cancelled = after([request()].into_iter().chain(so_far).chain([Command::Cancel]));
        assert_eq!((phase(&cancelled), of(&cancelled).pending), (Phase::Decommissioning, Some(TaskAction::Remove)));
        assert_eq!(cancelled.decide(Command::Cancel).unwrap(), []);
    }
    let running = after([request(), queue(1), done(1)]);
    assert_eq!(refusal(&running, Command::Cancel), Code::NothingToCancel);
    let starting = after([request(), queue(1), done(1), Command::Restart, queue(2), Command::Cancel]);
    assert_eq!(phase(&starting), Phase::Stopping);
}

#[test]
fn a_failed_launch_says_why_and_can_be_made_anew() {
    let state = after([request(), queue(1), taken(1), failed(1)]);
    assert_eq!(of(&state).failure.as_ref().map(|failure| &*failure.code), Some("image_not_found"));
    let anew = state.clone().evolve_all(&state.decide(Command::Start).unwrap());
    assert_eq!((phase(&anew), of(&anew).pending), (Phase::Starting, Some(TaskAction::Launch)));
    assert_eq!(of(&anew).failure, None);
    let events = anew.decide(queue(2)).unwrap();
    assert_eq!(events, [TaskQueued { task: task(2), generation: 2, action: TaskAction::Launch }.into()]);
    let left_off = anew.clone().evolve_all(&anew.decide(Command::Cancel).unwrap());
    assert_eq!((phase(&left_off), of(&left_off).pending), (Phase::Decommissioning, Some(TaskAction::Remove)));
}

#[test]
fn a_workload_that_ends_by_itself_has_failed() {
    let running = after([request(), queue(1), done(1)]);
    let seen = |generation, lifecycle, port| Command::ObserveWorkload { generation, output: output(lifecycle, port) };
    let ended = running.clone().evolve_all(&running.decide(seen(1, Lifecycle::Failed, 0)).unwrap());
    assert_eq!(phase(&ended), Phase::Failed);
    assert_eq!(of(&ended).failure.as_ref().map(|failure| &*failure.message), Some("exited with 137"));
    assert_eq!(running.decide(seen(0, Lifecycle::Failed, 0)).unwrap(), []);
    assert_eq!(running.decide(seen(1, Lifecycle::Running, 40_000)).unwrap(), []);
    assert_eq!(running.decide(seen(1, Lifecycle::Running, 40_001)).unwrap().len(), 1);
}

#[test]
fn what_could_not_be_removed_is_removed_on_demand() {
    let stuck = after([request(), queue(1), done(1), decommission(), queue(2), failed(2)]);
    assert_eq!(phase(&stuck), Phase::Decommissioning);
    assert!(of(&stuck).failure.is_some());
    let again = stuck.clone().evolve_all(&stuck.decide(decommission()).unwrap());
    assert_eq!(again.decide(decommission()).unwrap(), []);
    let events = again.decide(queue(3)).unwrap();
    assert_eq!(events, [TaskQueued { task: task(3), generation: 1, action: TaskAction::Remove }.into()]);
}

#[test]
fn a_token_that_is_told_is_recorded_and_changes_nothing() {
    let running = after([request(), queue(1), done(1)]);
    let told = running.decide(Command::DeliverAppToken).unwrap();
    assert_eq!(told, [AppTokenDelivered {}.into()]);
    assert_eq!(running.clone().evolve_all(&told), running);
}

#[test]
fn what_is_gone_stays_gone() {
    let gone = after([request(), decommission()]);
    for command in [Command::Start, Command::Stop, Command::Restart, Command::DeliverAppToken] {
        assert_eq!(refusal(&gone, command), Code::InstanceDecommissioned);
    }
    assert_eq!(gone.decide(decommission()).unwrap(), []);
    assert_eq!(refusal(&gone, queue(1)), Code::InstanceStateConflict);
}

#[test]
fn what_does_not_fit_the_phase_is_refused() {
    let queued = after([request(), queue(1)]);
    for command in [Command::Stop, Command::Start, Command::Restart, queue(2)] {
        assert_eq!(refusal(&queued, command), Code::InstanceStateConflict);
    }
    assert_eq!(refusal(&AppInstance::Absent, Command::Stop), Code::NotFound);
}

fn any_command() -> impl Strategy<Value = Command> {
    let number = 1u128..6;
    prop_oneof![
        Just(request()),
        Just(Command::Wait(Waiting::NodeOnline)),
        number.clone().prop_map(queue),
        number.clone().prop_map(taken),
        number.clone().prop_map(done),
        number.prop_map(failed),
        (0u64..6).prop_map(|generation| Command::ObserveWorkload { generation, output: output(Lifecycle::Failed, 1) }),
        Just(Command::Stop),
        Just(Command::Start),
        Just(Command::Restart),
        Just(Command::Cancel),
        Just(decommission()),
    ]
}

proptest! {
    #[test]
    fn generations_grow_and_nothing_follows_the_end(commands in prop::collection::vec(any_command(), 0..60)) {
        let mut state = AppInstance::default();
        let mut every = Vec::new();
        for command in commands {
            let Ok(events) = state.decide(command) else { continue };
            let before = state.details().map_or(0, |instance| instance.generation);
            prop_assert!(events.is_empty() || state.details().is_none_or(|known| known.phase != Phase::Decommissioned));
            for event in &events {
                if let Event::TaskQueued(queued) = event {
                    let made = u64::from(queued.action == TaskAction::Launch);
                    prop_assert_eq!(queued.generation, before + made);
                }
            }
            state = state.evolve_all(&events);
            every.extend(events);
        }
        // Out of order, events make some state.
        every.reverse();
        let _ = AppInstance::default().evolve_all(&every);
    }
}
