//! A network for each workload: internal, so that it has no way out, and with nobody else in it.

use std::collections::HashMap;

use bollard::errors::Error;
use bollard::models::{Ipam, IpamConfig, NetworkCreateRequest};
use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::output::{Failure, FailureCode};

use super::launch::PAUSE;
use super::subnets::{self, Subnet};
use super::{Docker, failure, isolation, labels};

/// How often a network is looked for that may be being made.
const ATTEMPTS: u32 = 20;

impl Docker {
    /// Makes a workload's network, unless it is there.
    pub(super) async fn make_network(&self, name: &str, instance: InstanceId) -> Result<(), Failure> {
        let _rules = isolation::ensure().await?;
        if self.has_network(name).await? {
            return Ok(());
        }
        for subnet in subnets::of(name) {
            match self.create_network(name, instance, subnet).await? {
                Ok(()) => return Ok(()),
                Err(error) if failure::is_overlap(&error) => {}
                Err(error) => return self.await_network(name, &error).await,
            }
        }
        let message = "the node has as many workloads as it has networks for; remove some";
        Err(Failure::new(FailureCode::IsolationUnavailable, message))
    }

    async fn create_network(
        &self,
        name: &str,
        instance: InstanceId,
        Subnet { network, gateway }: Subnet,
    ) -> Result<Result<(), Error>, Failure> {
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
            ipam: Some(Ipam {
                config: Some(vec![IpamConfig {
                    subnet: Some(network),
                    gateway: Some(gateway),
                    ..IpamConfig::default()
                }]),
                ..Ipam::default()
            }),
            ..NetworkCreateRequest::default()
        };
        Ok(self.engine.client().await?.create_network(request).await.map(drop))
    }

    /// An agent that was killed may have asked for a network, and the engine went on.
    async fn await_network(&self, name: &str, error: &Error) -> Result<(), Failure> {
        for _ in 0..ATTEMPTS {
            if self.has_network(name).await? {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        let message = format!("the workload's network could not be made: {error}");
        Err(Failure::new(FailureCode::IsolationUnavailable, message))
    }

    /// Whether a workload's network is there, with no way out.
    async fn has_network(&self, name: &str) -> Result<bool, Failure> {
        match self.engine.client().await?.inspect_network(name, None).await {
            Ok(found) if found.internal == Some(true) => Ok(true),
            Ok(_) => {
                let message = format!("the network {name} is there and has a way out; remove it");
                Err(Failure::new(FailureCode::IsolationUnavailable, message))
            }
            Err(error) if failure::is_not_found(&error) => Ok(false),
            Err(error) => Err(failure::runtime(&error)),
        }
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
