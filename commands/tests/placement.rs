use std::collections::BTreeMap;
use std::sync::Arc;

use gpuaas_commands::Engine;
use gpuaas_commands::handlers::allocation::CreateAllocation;
use gpuaas_commands::handlers::sku::CreateSku;
use gpuaas_commands::policies::Expiry;
use gpuaas_domain::Code;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::node::Node;
use gpuaas_domain::placement::Obstacle;
use gpuaas_domain::sku::{GpuShape, Shape};

use crate::fleet::{Fleet, run_all, shape};

async fn sku(fleet: &Fleet, name: &str, shape: Shape) -> CreateAllocation {
    let create = CreateSku { name: name.into(), display_name: name.into(), shape };
    let sku = fleet.platform.engine.execute(&fleet.platform.admin, &create).await.unwrap().id;
    CreateAllocation { sku, ..fleet.allocation(None) }
}

#[tokio::test]
async fn an_allocation_is_placed_with_its_slots_in_one_append() {
    let fleet = Fleet::start(false).await;
    let node = fleet.node("one", 2).await;
    let before = fleet.platform.head();
    let allocation = fleet.allocate().await;
    let events = ["allocation.requested", "allocation.placed", "node.slots_reserved"];
    assert_eq!(fleet.platform.events_after(before).await, events);
    let (state, _) = fleet.platform.engine.state::<Allocation>(allocation).await.unwrap();
    assert_eq!(state.placed().unwrap().node, node.id);

    let before = fleet.platform.head();
    fleet.platform.engine.execute(&fleet.platform.admin, &fleet.release(allocation)).await.unwrap();
    assert_eq!(fleet.platform.events_after(before).await, ["allocation.released", "node.slots_released"]);
}

#[tokio::test]
async fn an_allocation_that_has_to_wait_says_why_of_every_node_and_is_placed_when_there_is_room() {
    let fleet = Fleet::start(true).await;
    let nodes = [fleet.node("a", 1).await, fleet.node("bb", 1).await];
    let first = [fleet.allocate().await, fleet.allocate().await];
    let waiting = fleet.allocate().await;
    let (state, _) = fleet.platform.engine.state::<Allocation>(waiting).await.unwrap();
    let unplaced = &state.requested().unwrap().unplaced;
    assert!(unplaced.iter().all(|unplaced| unplaced.obstacle == Obstacle::NoFreeSlots));
    assert_eq!(unplaced.iter().map(|unplaced| unplaced.node).collect::<Vec<_>>(), nodes.map(|node| node.id));
    fleet.platform.engine.execute(&fleet.platform.admin, &fleet.release(first[0])).await.unwrap();
    fleet.until_word(waiting, "active").await;
}

#[tokio::test]
async fn an_allocation_waits_for_the_first_node_to_come() {
    let fleet = Fleet::start(true).await;
    let waiting = fleet.allocate().await;
    fleet.node("one", 1).await;
    fleet.until_word(waiting, "active").await;
}

#[tokio::test]
async fn what_no_node_could_ever_take_is_refused_with_every_nodes_reason() {
    let fleet = Fleet::start(false).await;
    let node = fleet.node("one", 2).await;
    let gpu = Some(GpuShape { model: Text::new("NVIDIA H200").unwrap(), count: 8 });
    for (name, shape, code, reason) in [
        ("gpus", Shape { gpu, ..shape(1) }, Code::NotEnoughGpus, "gpu_model"),
        ("cores", shape(64), Code::NoNodeFits, "too_small"),
    ] {
        let create = sku(&fleet, name, shape).await;
        let refusal = fleet.platform.engine.execute(&fleet.platform.admin, &create).await.unwrap_err();
        assert_eq!(refusal.code, code);
        assert_eq!(refusal.fields[0].field, node.id.to_string());
        assert!(refusal.fields[0].message.starts_with(reason), "{refusal:?}");
    }
}

#[tokio::test]
async fn an_allocation_that_waited_long_enough_comes_to_nothing() {
    let fleet = Fleet::start(false).await;
    let (engine, admin) = (&fleet.platform.engine, &fleet.platform.admin);
    let patient = engine.execute(admin, &fleet.allocation(Some(3600))).await.unwrap().id;
    let hasty = engine.execute(admin, &fleet.allocation(Some(0))).await.unwrap().id;
    let before = fleet.platform.head();
    for _ in 0..2 {
        Expiry::new(engine.clone()).once().await.unwrap();
    }
    assert_eq!(fleet.platform.events_after(before).await, ["allocation.failed"]);
    fleet.until_word(hasty, "failed").await;
    fleet.until_word(patient, "requested").await;
}

#[tokio::test]
async fn a_server_that_knows_the_node_of_before_still_gives_its_slots_back() {
    let fleet = Fleet::start(false).await;
    let node = fleet.node("one", 1).await.id;
    let second = fleet.platform.second_engine();
    second.state::<Node>(node).await.unwrap();
    let allocation = fleet.allocate().await;
    let before = fleet.platform.head();
    second.execute(&fleet.platform.admin, &fleet.release(allocation)).await.unwrap();
    assert_eq!(fleet.platform.events_after(before).await, ["allocation.released", "node.slots_released"]);
}

/// Two servers on one log; the log is then read by nobody's rules but its own.
#[tokio::test(flavor = "multi_thread")]
async fn allocations_of_two_servers_compete_and_no_slot_has_two_owners() {
    const ALLOCATIONS: usize = 60;
    let fleet = Arc::new(Fleet::start(true).await);
    let node = fleet.node("one", 4).await.id;
    let second = fleet.platform.second_engine();
    second.provide_facts(fleet.facts.clone());
    let follower = second.clone();
    tokio::spawn(async move { follower.follow().await });
    run_all(&second, &fleet.cursors);
    let before = fleet.platform.head();
    let engines = [fleet.platform.engine.clone(), second];
    let one = |number: usize| use_and_release(fleet.clone(), engines[number % 2].clone());
    futures::future::join_all((0..ALLOCATIONS).map(one)).await;

    let mut owners: BTreeMap<u16, gpuaas_domain::id::AllocationId> = BTreeMap::new();
    let mut placed = 0;
    for event in fleet.platform.node_events_after(node, before).await {
        match event {
            gpuaas_domain::node::Event::SlotsReserved(reserved) => {
                placed += 1;
                for slot in reserved.slots {
                    assert_eq!(owners.insert(slot.index, reserved.allocation), None);
                }
            }
            gpuaas_domain::node::Event::SlotsReleased(released) => {
                for slot in released.slots {
                    assert_eq!(owners.remove(&slot.index), Some(released.allocation));
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((placed, owners.len()), (ALLOCATIONS, 0));
    let (state, _) = fleet.platform.engine.state::<Node>(node).await.unwrap();
    assert_eq!(state.details().unwrap().slots.iter().filter(|(_, slot)| slot.holder.is_some()).count(), 0);
}

async fn use_and_release(fleet: Arc<Fleet>, engine: Engine) {
    let admin = &fleet.platform.admin;
    let allocation = engine.execute(admin, &fleet.allocation(None)).await.unwrap().id;
    fleet.until_word(allocation, "active").await;
    engine.execute(admin, &fleet.release(allocation)).await.unwrap();
}
