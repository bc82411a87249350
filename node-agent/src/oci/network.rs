//! A network for each workload: internal, so that it has no way out, and with nobody else in it.

use std::collections::HashMap;

use bollard::models::NetworkCreateRequest;
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::output::{Failure, FailureCode};

use super::{Docker, failure, labels};

impl Docker {
    /// Makes a workload's network, unless it is there.
    pub(super) async fn make_network(&self, name: &str, instance: InstanceId) -> Result<(), Failure> {
        let client = self.engine.client().await?;
        match client.inspect_network(name, None).await {
            Ok(found) if found.internal == Some(true) => return Ok(()),
            Ok(_) => {
                let message = format!("the network {name} is there and has a way out; remove it");
                return Err(Failure::new(FailureCode::IsolationUnavailable, message));
            }
            Err(error) if failure::is_not_found(&error) => {}
            Err(error) => return Err(failure::runtime(&error)),
        }
        let options = [
            ("com.docker.network.bridge.name", labels::bridge(name)),
            ("com.docker.network.bridge.enable_icc", "false".to_owned()),
            ("com.docker.network.bridge.enable_ip_masquerade", "false".to_owned()),
        ];
        let request = NetworkCreateRequest {
            name: name.to_owned(),
            driver: Some("bridge".into()),
            internal: Some(true),
            options: Some(options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<HashMap<_, _>>()),
            labels: Some(labels::of_network(self.node, instance)),
            ..NetworkCreateRequest::default()
        };
        let made = client.create_network(request).await;
        made.map(drop).map_err(|error| {
            let message = format!("the workload's network could not be made: {error}");
            Failure::new(FailureCode::IsolationUnavailable, message)
        })
    }

    /// Removes a workload's network, if it is there.
    pub(super) async fn remove_network(&self, name: &str) -> Result<(), Failure> {
        match self.engine.client().await?.remove_network(name).await {
            Ok(()) => Ok(()),
            Err(error) if failure::is_not_found(&error) => Ok(()),
            Err(error) => Err(failure::runtime(&error)),
        }
    }
}
