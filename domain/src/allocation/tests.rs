use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::Rejected;
use crate::aggregate::Aggregate;
use crate::bounded::Text;
use crate::code::Code;
use crate::id::{InstanceId, NodeId, OrganizationId, ProjectId, SkuId, TypedId};
use crate::node::{Architecture, ReservedSlot};
use crate::sku::{GpuShape, Shape};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp(50);

fn instance(number: u128) -> InstanceId {
    InstanceId::from_uuid(Uuid::from_u128(number))
}

fn request(wait_until: Option<u64>) -> Command {
    let uuid = Uuid::from_u128(1);
    let gpu = GpuShape { model: Text::new("NVIDIA H200").unwrap(), count: 2 };
    Command::Request(Requested {
        organization: OrganizationId::from_uuid(uuid),
        project: ProjectId::from_uuid(uuid),
        display_name: "Training".into(),
        sku: SkuId::from_uuid(uuid),
        shape: Shape { architecture: Architecture::Amd64, cpu_cores: 8, memory_gib: 16, gpu: Some(gpu) },
        wait_until: wait_until.map(Timestamp),
        unplaced: vec![],
        unplaced_nodes: 0,
    })
}

fn place() -> Command {
    let gpus = ["GPU-a", "GPU-b"].map(|gpu| Text::new(gpu).unwrap()).to_vec();
    let slots = vec![ReservedSlot { index: 0, generation: 1 }];
    Command::Place(Placed { at: NOW, node: NodeId::from_uuid(Uuid::from_u128(1)), slots, gpus })
}

fn attach(number: u128, cpu_cores: u32, gpu_count: u16) -> Command {
    Command::Attach { instance: instance(number), cpu_cores, memory_gib: 4, gpu_count }
}

fn detach(number: u128) -> Command {
    Command::Detach { instance: instance(number), now: NOW }
}

fn release() -> Command {
    Command::Release { now: NOW }
}

fn after(commands: impl IntoIterator<Item = Command>) -> Allocation {
    commands.into_iter().fold(Allocation::default(), |state, command| {
        let events = state.decide(command).unwrap();
        state.evolve_all(&events)
    })
}

fn refusal(state: &Allocation, command: Command) -> Code {
    state.decide(command).unwrap_err().code()
}

#[test]
fn an_allocation_waits_is_placed_and_is_released() {
    let waiting = after([request(None)]);
    assert_eq!(waiting.word(), "requested");
    assert_eq!(refusal(&waiting, attach(1, 1, 0)), Code::AllocationNotActive);
    let active = after([request(None), place()]);
    assert!(active.held().is_some());
    assert_eq!(refusal(&active, place()), Code::AllocationNotActive);
    let released = after([request(None), place(), release()]);
    assert!(matches!(&released, Allocation::Released { placed: Some(_), at: NOW, .. }));
    assert_eq!(released.decide(release()).unwrap(), []);
    assert_eq!(refusal(&released, attach(1, 1, 0)), Code::AllocationNotActive);
}

#[test]
fn an_allocation_that_waits_can_be_given_up() {
    let released = after([request(None), release()]);
    assert!(matches!(released, Allocation::Released { placed: None, .. }));
}

#[test]
fn waiting_ends_when_its_time_is_over() {
    let waiting = after([request(Some(100))]);
    assert_eq!(refusal(&waiting, Command::Expire { now: Timestamp(99) }), Code::AllocationNotActive);
    let failed = waiting.clone().evolve_all(&waiting.decide(Command::Expire { now: Timestamp(100) }).unwrap());
    let Allocation::Failed { reason, .. } = failed else { panic!("{failed:?}") };
    // The catalog explains it like a refusal.
    assert_eq!(reason.as_str(), Code::PlacementExpired.as_str());
    assert!(after([request(None)]).decide(Command::Expire { now: Timestamp(100) }).is_err());
    assert!(failed.decide(place()).is_err());
}

#[test]
fn workloads_share_what_there_is_and_never_more() {
    let active = after([request(None), place(), attach(1, 6, 1)]);
    assert_eq!(refusal(&active, attach(2, 3, 1)), Code::ResourcesExceedAllocation);
    assert_eq!(refusal(&active, attach(2, 1, 2)), Code::NotEnoughGpus);
    let both = active.clone().evolve_all(&active.decide(attach(2, 2, 1)).unwrap());
    let shares: BTreeSet<&str> = both.held().unwrap().instances.values().map(|share| share.gpus[0].as_str()).collect();
    assert_eq!(shares, BTreeSet::from(["GPU-a", "GPU-b"]));
    let one = both.clone().evolve_all(&both.decide(detach(1)).unwrap());
    assert_eq!((one.held().unwrap().free_cores(), one.held().unwrap().free_gpus().len()), (6, 1));
}

#[test]
fn an_allocation_is_released_when_its_last_workload_is_gone() {
    let releasing = after([request(None), place(), attach(1, 1, 0), attach(2, 1, 0), release()]);
    assert_eq!(releasing.word(), "releasing");
    assert_eq!(refusal(&releasing, attach(3, 1, 0)), Code::AllocationNotActive);
    assert_eq!(releasing.decide(release()).unwrap(), []);
    let one_left = releasing.clone().evolve_all(&releasing.decide(detach(1)).unwrap());
    assert_eq!(one_left.decide(detach(1)).unwrap(), []);
    let events = one_left.decide(detach(2)).unwrap();
    assert_eq!(events, [InstanceDetached { instance: instance(2) }.into(), Released { at: NOW }.into()]);
    assert_eq!(one_left.evolve_all(&events).word(), "released");
}

fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(request(Some(10))),
        Just(place()),
        (0u64..20).prop_map(|now| Command::Expire { now: Timestamp(now) }),
        (1u128..4, 0u32..10, 0u16..3).prop_map(|(number, cores, gpus)| attach(number, cores, gpus)),
        (1u128..4).prop_map(detach),
        Just(release()),
    ]
}

proptest! {
    #[test]
    fn what_workloads_have_is_never_more_than_the_allocation(commands in prop::collection::vec(any_command(), 0..40)) {
        let mut state = Allocation::default();
        let mut every = Vec::new();
        for command in commands {
            let Ok(events) = state.decide(command) else { continue };
            state = state.evolve_all(&events);
            every.extend(events);
            let Some(active) = state.held() else { continue };
            let gpus: Vec<&str> = active.instances.values().flat_map(|share| &share.gpus).map(|gpu| &**gpu).collect();
            prop_assert_eq!(gpus.iter().collect::<BTreeSet<_>>().len(), gpus.len());
            let cores: u32 = active.instances.values().map(|share| share.cpu_cores).sum();
            prop_assert!(cores <= active.requested.shape.cpu_cores);
        }
        // Out of order, events make some state.
        every.reverse();
        let _ = Allocation::default().evolve_all(&every);
    }
}
