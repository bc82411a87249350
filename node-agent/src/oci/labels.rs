//! Names and labels, by which a container is known again without the journal.

use std::collections::HashMap;

use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InstanceId, NodeId};

use crate::journal::Work;

/// Beginning of the bridges' names: the firewall's rule goes by it.
pub(super) const BRIDGE_PREFIX: &str = "gpw";

pub(super) const NODE: &str = "gpuaas.node";
pub(super) const INSTANCE: &str = "gpuaas.instance";
pub(super) const GENERATION: &str = "gpuaas.generation";
pub(super) const SPEC: &str = "gpuaas.spec";
const ALLOCATION: &str = "gpuaas.allocation";
const TASK: &str = "gpuaas.task";

/// Name of a workload's container and of its network.
pub(super) fn name(instance: InstanceId, generation: u64) -> String {
    format!("gpuaas-{}-g{generation}", instance.to_string().trim_start_matches("inst_"))
}

/// The generation that a name tells.
pub(super) fn generation(name: &str) -> Option<u64> {
    name.rsplit_once("-g")?.1.parse().ok()
}

/// Name of a workload's bridge: an interface has 15 characters at most.
pub(super) fn bridge(name: &str) -> String {
    format!("{BRIDGE_PREFIX}{}", &blake3::hash(name.as_bytes()).to_hex()[..12])
}

/// Labels of a workload's container.
pub(super) fn of_container(node: NodeId, work: &Work) -> HashMap<String, String> {
    let labels = [
        (NODE, node.to_string()),
        (INSTANCE, work.instance().to_string()),
        (GENERATION, work.generation.to_string()),
        (SPEC, work.spec_hash.to_string()),
        (ALLOCATION, work.spec.identity.allocation.to_string()),
        (TASK, work.task.to_string()),
    ];
    labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Labels of a workload's network.
pub(super) fn of_network(node: NodeId, instance: InstanceId) -> HashMap<String, String> {
    HashMap::from([(NODE.to_owned(), node.to_string()), (INSTANCE.to_owned(), instance.to_string())])
}

/// Digest of the specification that a container was made for.
pub(super) fn spec(labels: &HashMap<String, String>) -> Option<Digest> {
    labels.get(SPEC)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_name_tells_instance_and_generation_and_fits_an_interface() {
        let instance = fixtures::identity().instance;
        assert_eq!(name(instance, 3), "gpuaas-00000000000000000000000007-g3");
        assert_eq!((generation(&name(instance, 3)), generation("bridge")), (Some(3), None));
        assert_ne!(bridge(&name(instance, 3)), bridge(&name(instance, 4)));
        assert_eq!(bridge(&name(instance, 3)).len(), 15);
    }
}
