use std::collections::BTreeSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::aggregate::Aggregate;
use crate::fixed::PublicKey;
use crate::id::{AllocationId, EnrollmentId, TypedId};
use crate::node::{Architecture, BanReason, Command, Enrolled, Gpu, Registered, WentOffline, WentOnline};
use crate::sku::GpuShape;
use crate::time::Timestamp;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

/// A node with slots of one processor, 4 GiB and so many H200 each.
fn inventory(slots: u16, gpus_each: u16) -> Inventory {
    let uuid = |slot: u16, gpu: u16| text(&format!("GPU-{slot}-{gpu}"));
    let ids = |slot| (0..gpus_each).map(move |gpu| uuid(slot, gpu));
    let gpu = |uuid| Gpu { uuid, model: text("NVIDIA H200"), memory_bytes: 141 << 30 };
    Inventory {
        architecture: Architecture::Amd64,
        cpu_millis: u32::from(slots) * 1000,
        memory_bytes: u64::from(slots) * (4 << 30),
        gpus: (0..slots).flat_map(ids).map(gpu).collect(),
        slots: (0..slots)
            .map(|index| Slot { index, cpu_millis: 1000, memory_bytes: 4 << 30, gpus: ids(index).collect() })
            .collect(),
        simulated: false,
    }
}

fn given(commands: impl IntoIterator<Item = Command>) -> Node {
    commands.into_iter().fold(Node::default(), |node, command| {
        let events = node.decide(command).unwrap();
        node.evolve_all(&events)
    })
}

fn enrolled() -> Vec<Command> {
    let enrollment = EnrollmentId::from_uuid(Uuid::from_u128(1));
    vec![
        Command::Register(Registered { name: text("node-1"), simulated: false }),
        Command::Enroll(Enrolled { public_key: PublicKey([1; 32]), enrollment }),
    ]
}

fn online(slots: u16, gpus_each: u16) -> Vec<Command> {
    let mut commands = enrolled();
    commands.push(Command::ComeOnline(WentOnline { boot_id: text("b"), agent_version: text("1") }));
    commands.push(Command::ReportInventory(inventory(slots, gpus_each)));
    commands
}

fn reserved(slots: u16, gpus_each: u16, taken: u16) -> Node {
    let mut commands = online(slots, gpus_each);
    commands.push(Command::Reserve { allocation: AllocationId::from_uuid(Uuid::from_u128(9)), count: taken });
    given(commands)
}

fn shape(cpu_cores: u32, memory_gib: u32, gpus: u16) -> Shape {
    let gpu = (gpus > 0).then(|| GpuShape { model: text("NVIDIA H200"), count: gpus });
    Shape { architecture: Architecture::Amd64, cpu_cores, memory_gib, gpu }
}

fn id(number: u128) -> NodeId {
    NodeId::from_uuid(Uuid::from_u128(number))
}

#[test]
fn as_few_slots_are_taken_as_are_enough() {
    let node = given(online(4, 1));
    let count = |shape: &Shape| fit(&node, shape).unwrap().count();
    assert_eq!(count(&shape(1, 4, 0)), 1);
    assert_eq!(count(&shape(1, 5, 0)), 2);
    assert_eq!(count(&shape(3, 1, 1)), 3);
    let fitting = fit(&node, &shape(1, 1, 2)).unwrap();
    assert_eq!((fitting.count(), fitting.gpus), (2, vec![text("GPU-0-0"), text("GPU-1-0")]));
}

#[test]
fn what_is_found_can_be_reserved() {
    let node = reserved(4, 1, 1);
    let fitting = fit(&node, &shape(2, 2, 0)).unwrap();
    let allocation = AllocationId::from_uuid(Uuid::from_u128(7));
    let events = node.decide(Command::Reserve { allocation, count: fitting.count() }).unwrap();
    let crate::node::Event::SlotsReserved(reserved) = &events[0] else { panic!("{events:?}") };
    assert_eq!(reserved.slots, fitting.slots);
}

#[test]
fn each_node_that_cannot_take_it_says_why() {
    let mut arm = inventory(4, 0);
    arm.architecture = Architecture::Arm64;
    let with = |command: Command| given(online(4, 1).into_iter().chain([command]));
    let cases = [
        (Node::Absent, shape(1, 1, 0), Obstacle::NotEnrolled),
        (given(enrolled()), shape(1, 1, 0), Obstacle::InventoryUnknown),
        (with(Command::Ban(BanReason::Operator)), shape(1, 1, 0), Obstacle::Banned),
        (with(Command::ReportInventory(arm)), shape(1, 1, 0), Obstacle::Architecture),
        (given(online(4, 0)), shape(1, 1, 1), Obstacle::GpuModel),
        (given(online(4, 1)), shape(1, 1, 5), Obstacle::TooFewGpus),
        (given(online(4, 1)), shape(5, 1, 0), Obstacle::TooSmall),
        (given(online(4, 1)), shape(1, 17, 0), Obstacle::TooSmall),
        (with(Command::GoOffline(WentOffline { last_heard: Timestamp(1) })), shape(1, 1, 0), Obstacle::Offline),
        (reserved(4, 1, 3), shape(2, 1, 0), Obstacle::NoFreeSlots),
    ];
    for (node, shape, obstacle) in cases {
        assert_eq!(fit(&node, &shape), Err(obstacle));
        let outcome = place([(id(1), &node)], &shape);
        assert_eq!(outcome.unplaced, [Unplaced { node: id(1), obstacle }]);
        assert_eq!(outcome.is_hopeless(), obstacle.is_lasting());
    }
}

#[test]
fn gpus_are_kept_for_those_who_ask_and_nodes_are_filled_up() {
    let nodes = [(id(1), given(online(4, 1))), (id(2), given(online(4, 0))), (id(3), reserved(4, 0, 2))];
    let fits = |shape: &Shape| place(nodes.iter().map(|(id, node)| (*id, node)), shape).fits;
    assert_eq!(fits(&shape(1, 1, 0)), [id(3), id(2), id(1)]);
    assert_eq!(fits(&shape(1, 1, 1)), [id(1)]);
}

#[test]
fn more_gpus_than_there_are_can_never_be_placed() {
    let (one, other) = (given(online(4, 1)), given(online(8, 0)));
    let outcome = place([(id(1), &one), (id(2), &other)], &shape(1, 1, 64));
    assert!(outcome.is_hopeless() && outcome.lacks_gpus());
    assert!(!place([], &shape(1, 1, 1)).is_hopeless());
}

proptest! {
    #[test]
    fn no_slot_is_found_twice(slots in 1u16..12, gpus in 0u16..3, wanted in prop::collection::vec((1u32..5, 1u32..20, 0u16..4), 1..12)) {
        let mut node = given(online(slots, gpus));
        let mut given_away = BTreeSet::new();
        for (number, (cpu, memory, gpus)) in wanted.into_iter().enumerate() {
            let wanted = shape(cpu, memory, gpus);
            let Ok(fitting) = fit(&node, &wanted) else { continue };
            prop_assert_eq!(fitting.gpus.len(), usize::from(gpus));
            let allocation = AllocationId::from_uuid(Uuid::from_u128(number as u128 + 1));
            let events = node.decide(Command::Reserve { allocation, count: fitting.count() }).unwrap();
            node = node.evolve_all(&events);
            for slot in &fitting.slots {
                prop_assert!(given_away.insert(slot.index));
            }
        }
    }
}
