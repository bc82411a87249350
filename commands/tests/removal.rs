use gpuaas_commands::Context;
use gpuaas_commands::handlers::app_instance::DecommissionInstance;
use gpuaas_commands::handlers::node::{GoOffline, RemoveNode};
use gpuaas_domain::app_instance::{AppInstance, Phase};
use gpuaas_domain::node::Node;
use gpuaas_domain::node_protocol::output::Lifecycle;
use gpuaas_domain::node_protocol::report::TaskStep;
use gpuaas_domain::{Code, Timestamp};

use crate::fleet::{Fleet, done};

#[tokio::test]
async fn what_was_on_a_node_that_is_removed_ends_although_nobody_says_so() {
    let fleet = Fleet::start(true).await;
    let (engine, admin, project) = (&fleet.platform.engine, &fleet.platform.admin, fleet.project);
    let mut node = fleet.node("one", 3).await;
    let allocations = [fleet.allocate().await, fleet.allocate().await, fleet.allocate().await];
    let waiting = fleet.allocate().await;
    let leaving = fleet.launched(allocations[0]).await;
    node.reach(&fleet, &[TaskStep::Accepted, done(Lifecycle::Running)]).await;
    fleet.until_phase(leaving, Phase::Running).await;
    engine.execute(admin, &DecommissionInstance { project, id: leaving }).await.unwrap();
    let deploying = fleet.launched(allocations[1]).await;
    fleet.until_phase(deploying, Phase::Queued).await;

    let remove = RemoveNode { node: node.id };
    assert_eq!(engine.execute(admin, &remove).await.unwrap_err().code, Code::NodeOnline);
    let lost = GoOffline { node: node.id, last_heard: Timestamp(1) };
    engine.execute(&Context::system([9; 16]), &lost).await.unwrap();
    fleet.until_phase(leaving, Phase::Decommissioning).await;
    engine.execute(admin, &remove).await.unwrap();
    for instance in [leaving, deploying] {
        fleet.until_phase(instance, Phase::Decommissioned).await;
        let (state, _) = engine.state::<AppInstance>(instance).await.unwrap();
        assert_eq!(state.details().unwrap().pending, None);
    }
    for allocation in allocations {
        fleet.until_word(allocation, "released").await;
    }
    assert_eq!(fleet.facts.open_tasks(node.id).await.len(), 0);
    let (state, _) = engine.state::<Node>(node.id).await.unwrap();
    assert!(state.details().unwrap().slots.iter().all(|(_, slot)| slot.holder.is_none()));
    // Nothing is placed there any more, and whoever waits gets the next one of the name.
    fleet.until_word(waiting, "requested").await;
    fleet.node("one", 1).await;
    fleet.until_word(waiting, "active").await;
}
