//! Second act: this machine is a node, by an agent in a process of its own over mTLS.

use anyhow::{Context as _, Result, bail};
use gpuaas_sdk::{ListNodesQuery, Node, NodeStatus};

use super::stage::{Stage, until};
use crate::serve::local_node::NAME;

/// How to get what the demo needs of this machine.
const RUNTIME: &str = "\
the steps from here on run a container, and need a Docker engine that this user may use, on a machine where the \
agent may set a firewall rule (root, and iptables). On Debian or Ubuntu: `apt-get install docker.io iptables`, start \
it with `systemctl start docker` or `dockerd`, and run the demo as root. An engine elsewhere is named by DOCKER_HOST";

/// Plays it.
pub(super) async fn play(stage: &mut Stage) -> Result<Node> {
    let operator = stage.operator.clone();
    let query = ListNodesQuery { name: Some(NAME.to_owned()), ..Default::default() };
    let (node, version) = until("the agent of this machine", async || {
        let Some(found) = operator.list_nodes(&query).await?.value.items.into_iter().next() else { return Ok(None) };
        let seen = operator.get_node(&found.id).await?;
        let ready = seen.value.status == NodeStatus::Online && seen.value.runtime.is_some();
        Ok(ready.then_some((seen.value, seen.version)))
    })
    .await?;
    let slots = node.inventory.as_ref().map_or(0, |inventory| inventory.slots.len());
    let text = format!("{NAME} enrolled with a single-use token, online over mTLS, {slots} slots");
    stage.story.tell::<gpuaas_domain::node::Node>("node", &text, &node.id, version).await?;
    let runtime = node.runtime.clone().context("it was waited for")?;
    if let Some(problem) = runtime.problem {
        bail!("{problem}\n{RUNTIME}");
    }
    let engine = [runtime.engine, runtime.version].into_iter().flatten().collect::<Vec<_>>().join(" ");
    stage.story.show("engine", &engine)?;
    Ok(node)
}
