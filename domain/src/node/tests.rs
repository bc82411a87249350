use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::aggregate::{Aggregate, Rejected as _};
use crate::bounded::Text;
use crate::code::Code;
use crate::fixed::{PublicKey, Serial};
use crate::id::{AllocationId, EnrollmentId, TypedId};
use crate::time::Timestamp;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn allocation(number: u128) -> AllocationId {
    AllocationId::from_uuid(Uuid::from_u128(number))
}

fn enroll(key: u8) -> Command {
    let enrollment = EnrollmentId::from_uuid(Uuid::from_u128(1));
    Command::Enroll(Enrolled { public_key: PublicKey([key; 32]), enrollment })
}

fn online() -> Command {
    Command::ComeOnline(WentOnline { boot_id: text("boot-1"), agent_version: text("0.1.0") })
}

fn certificate(number: u8) -> Command {
    let (not_before, not_after) = (Timestamp(0), Timestamp(1_000));
    Command::IssueCertificate(CertificateIssued { serial: Serial([number; 16]), not_before, not_after })
}

fn inventory(slots: u16, simulated: bool) -> Inventory {
    let slot = |index| Slot { index, cpu_millis: 1000, memory_bytes: 1 << 30, gpus: vec![] };
    Inventory {
        architecture: Architecture::Amd64,
        cpu_millis: u32::from(slots) * 1000,
        memory_bytes: u64::from(slots) << 30,
        gpus: vec![],
        slots: (0..slots).map(slot).collect(),
        simulated,
    }
}

fn given(commands: impl IntoIterator<Item = Command>) -> Node {
    commands.into_iter().fold(Node::default(), |node, command| {
        let events = node.decide(command).unwrap();
        node.evolve_all(&events)
    })
}

fn register() -> Command {
    Command::Register(Registered { name: text("node-1"), simulated: false })
}

fn reserve(holder: u128, count: u16) -> Command {
    Command::Reserve { allocation: allocation(holder), count }
}

fn with_slots(slots: u16) -> Node {
    given([register(), enroll(1), online(), Command::ReportInventory(inventory(slots, false))])
}

#[test]
fn a_node_is_removed_once_it_is_not_online_and_is_nothing_any_more_then() {
    let online = with_slots(2);
    assert!(matches!(online.decide(Command::Remove), Err(Rejection::Online)));
    let held = online.clone().evolve_all(&online.decide(reserve(1, 1)).unwrap());
    let banned = held.clone().evolve_all(&held.decide(Command::Ban(BanReason::Operator)).unwrap());
    let removed = banned.clone().evolve_all(&banned.decide(Command::Remove).unwrap());
    assert_eq!((removed.identity(), removed.decide(Command::Remove).unwrap()), (None, vec![]));
    for command in [enroll(3), Command::Unban, Command::Ban(BanReason::Operator), reserve(2, 1), certificate(9)] {
        assert!(matches!(removed.decide(command), Err(Rejection::Removed)));
    }
    let release = Command::Release { allocation: allocation(1), reason: ReleaseReason::Forced };
    let free = removed.clone().evolve_all(&removed.decide(release).unwrap());
    assert_eq!(free.details().unwrap().slots.held_by(allocation(1)).count(), 0);
}

#[test]
fn a_node_is_registered_before_it_enrolls() {
    assert!(matches!(Node::default().decide(enroll(1)), Err(Rejection::Absent)));
    assert!(matches!(given([register()]).decide(online()), Err(Rejection::NotEnrolled)));
    assert!(given([register(), enroll(1)]).identity().is_some());
}

#[test]
fn the_same_key_may_enroll_again_without_an_event() {
    let node = given([register(), enroll(1)]);
    assert_eq!(node.decide(enroll(1)).unwrap(), []);
}

#[test]
fn a_new_key_makes_the_old_certificates_worthless() {
    let node = given([register(), enroll(1), certificate(1), enroll(2), certificate(2)]);
    let identity = node.identity().unwrap();
    assert!(!identity.holds(PublicKey([1; 32]), Serial([1; 16]), Timestamp(5)));
    assert!(!identity.holds(PublicKey([2; 32]), Serial([1; 16]), Timestamp(5)));
    assert!(identity.holds(PublicKey([2; 32]), Serial([2; 16]), Timestamp(5)));
    assert!(!identity.holds(PublicKey([2; 32]), Serial([2; 16]), Timestamp(1_000)));
}

#[test]
fn only_the_latest_certificates_count() {
    let node = given([register(), enroll(1)].into_iter().chain((1..=6).map(certificate)));
    let counts: Vec<u8> = node.identity().unwrap().certificates.iter().map(|known| known.serial.0[0]).collect();
    assert_eq!(counts, [3, 4, 5, 6]);
}

#[test]
fn a_real_node_cannot_send_a_simulated_inventory() {
    let node = given([register(), enroll(1)]);
    let refused = node.decide(Command::ReportInventory(inventory(1, true))).unwrap_err();
    assert_eq!(refused.code(), Code::SimulatedInventoryRefused);
    let node = given([Command::Register(Registered { name: text("sim-1"), simulated: true }), enroll(1)]);
    assert_eq!(node.decide(Command::ReportInventory(inventory(1, true))).unwrap().len(), 1);
}

#[test]
fn an_inventory_that_contradicts_itself_is_refused() {
    let mut twice = inventory(2, false);
    twice.slots[1].index = 0;
    assert_eq!(twice.check(), Err(InventoryError::Listed));
    let mut foreign = inventory(2, false);
    foreign.slots[1].gpus.push(text("GPU-1"));
    assert_eq!(foreign.check(), Err(InventoryError::Gpu(1)));
    let mut shared = foreign.clone();
    shared.gpus.push(Gpu { uuid: text("GPU-1"), model: text("H200"), memory_bytes: 1 });
    assert_eq!(shared.check(), Ok(()));
    shared.slots[0].gpus.push(text("GPU-1"));
    assert_eq!(shared.check(), Err(InventoryError::Gpu(1)));
    let mut more = inventory(2, false);
    more.memory_bytes -= 1;
    assert_eq!(more.check(), Err(InventoryError::Oversubscribed));
}

#[test]
fn an_inventory_that_is_the_same_gives_no_event() {
    assert_eq!(with_slots(2).decide(Command::ReportInventory(inventory(2, false))).unwrap(), []);
}

#[test]
fn a_banned_node_does_nothing_until_it_is_unbanned() {
    let banned = given([register(), enroll(1), online(), Command::Ban(BanReason::Operator)]);
    assert!(banned.identity().is_none());
    for command in [enroll(1), enroll(2), online(), certificate(1)] {
        assert!(matches!(banned.decide(command), Err(Rejection::Banned)));
    }
    let back = banned.clone().evolve_all(&banned.decide(Command::Unban).unwrap());
    assert!(back.identity().is_some());
}

#[test]
fn slots_of_an_offline_node_are_not_given() {
    let node = with_slots(2);
    let offline = Command::GoOffline(WentOffline { last_heard: Timestamp(7) });
    let node = node.clone().evolve_all(&node.decide(offline).unwrap());
    let reserve = Command::Reserve { allocation: allocation(1), count: 1 };
    assert!(matches!(node.decide(reserve), Err(Rejection::Offline)));
}

#[test]
fn more_slots_than_are_free_are_not_given() {
    let node = with_slots(2);
    let events = node.decide(Command::Reserve { allocation: allocation(1), count: 1 }).unwrap();
    let node = node.evolve_all(&events);
    let refused = node.decide(Command::Reserve { allocation: allocation(2), count: 2 });
    assert!(matches!(refused, Err(Rejection::TooFewSlots { wanted: 2, free: 1 })));
    assert_eq!(refused.unwrap_err().code(), Code::NotEnoughSlots);
}

#[test]
fn the_same_reservation_again_gives_no_event() {
    let node = with_slots(2);
    let reserve = Command::Reserve { allocation: allocation(1), count: 2 };
    let node = node.clone().evolve_all(&node.decide(reserve.clone()).unwrap());
    assert_eq!(node.decide(reserve).unwrap(), []);
    let other = Command::Reserve { allocation: allocation(1), count: 1 };
    let refused = node.decide(other).unwrap_err();
    assert!(matches!(refused, Rejection::HoldsOthers { held: 2 }) && refused.code() == Code::SlotsAlreadyReserved);
}

#[derive(Debug, Clone)]
enum Step {
    Reserve(u128, u16),
    Release(u128),
    Resize(u16),
    BanAndUnban,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..6u128, 1..4u16).prop_map(|(holder, count)| Step::Reserve(holder, count)),
        3 => (1..6u128).prop_map(Step::Release),
        1 => (1..8u16).prop_map(Step::Resize),
        1 => Just(Step::BanAndUnban),
    ]
}

fn commands(step: Step) -> Vec<Command> {
    match step {
        Step::Reserve(holder, count) => vec![Command::Reserve { allocation: allocation(holder), count }],
        Step::Release(holder) => {
            vec![Command::Release { allocation: allocation(holder), reason: ReleaseReason::Ended }]
        }
        Step::Resize(slots) => vec![Command::ReportInventory(inventory(slots, false))],
        Step::BanAndUnban => vec![Command::Ban(BanReason::Operator), Command::Unban],
    }
}

proptest! {
    /// Judged from the events alone, as an auditor would.
    #[test]
    fn a_slot_is_never_given_twice(steps in prop::collection::vec(step(), 1..60)) {
        let mut node = with_slots(4);
        let mut holders: BTreeMap<u16, AllocationId> = BTreeMap::new();
        let mut given: BTreeSet<(u16, u64)> = BTreeSet::new();
        for command in steps.into_iter().flat_map(commands) {
            let Ok(events) = node.decide(command) else { continue };
            for event in &events {
                if let Event::SlotsReserved(reserved) = event {
                    for slot in &reserved.slots {
                        prop_assert!(given.insert((slot.index, slot.generation)), "the same generation twice");
                        prop_assert_eq!(holders.insert(slot.index, reserved.allocation), None);
                    }
                }
                if let Event::SlotsReleased(released) = event {
                    for slot in &released.slots {
                        prop_assert_eq!(holders.remove(&slot.index), Some(released.allocation));
                    }
                }
            }
            node = node.evolve_all(&events);
        }
    }
}
