//! What there is of a workload's generations, by their labels: whether or not the journal
//! knows of it.

use std::collections::HashMap;

use bollard::query_parameters::{ListContainersOptionsBuilder, ListNetworksOptionsBuilder};
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::output::Failure;

use super::{Docker, failure, isolation, labels};

impl Docker {
    /// Removes the containers and networks of a workload up to a generation, and with the
    /// machine's last network the rules of its firewall.
    pub(super) async fn remove_generations(
        &self,
        instance: InstanceId,
        up_to: u64,
        grace_seconds: u32,
    ) -> Result<(), Failure> {
        for container in self.containers(instance, up_to).await? {
            self.stop(&container, grace_seconds).await?;
            self.remove_container(&container).await?;
        }
        let networks = self.networks(instance, up_to).await?;
        for network in &networks {
            self.remove_network(network).await?;
        }
        if networks.is_empty() { Ok(()) } else { isolation::lift_if_unused().await }
    }

    async fn containers(&self, instance: InstanceId, up_to: u64) -> Result<Vec<String>, Failure> {
        let options = ListContainersOptionsBuilder::default().all(true).filters(&self.own(instance)).build();
        let listed = self.engine.client().await?.list_containers(Some(options)).await;
        let old = listed.map_err(|error| failure::runtime(&error))?.into_iter().filter(|container| {
            let generation = container.labels.as_ref().and_then(|labels| labels.get(labels::GENERATION)?.parse().ok());
            generation.is_some_and(|generation: u64| generation <= up_to)
        });
        Ok(old.filter_map(|container| container.id).collect())
    }

    async fn networks(&self, instance: InstanceId, up_to: u64) -> Result<Vec<String>, Failure> {
        let options = ListNetworksOptionsBuilder::default().filters(&self.own(instance)).build();
        let listed = self.engine.client().await?.list_networks(Some(options)).await;
        let names = listed.map_err(|error| failure::runtime(&error))?.into_iter().filter_map(|network| network.name);
        Ok(names.filter(|name| labels::generation(name).is_some_and(|generation| generation <= up_to)).collect())
    }

    fn own(&self, instance: InstanceId) -> HashMap<String, Vec<String>> {
        let own = [(labels::NODE, self.node.to_string()), (labels::INSTANCE, instance.to_string())];
        HashMap::from([("label".to_owned(), own.into_iter().map(|(key, value)| format!("{key}={value}")).collect())])
    }
}
