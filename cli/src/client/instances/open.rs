//! `gpuaas instances open`: an endpoint of a workload on this machine.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Args;
use gpuaas_sdk::{AppInstance, Endpoint, EndpointKind, InstancePhase};
use serde::Serialize;
use tokio::net::TcpListener;

use super::Named;
use crate::client::Session;
use crate::client::tunnel::{self, Target};
use crate::output::{self, Failure};

/// Which endpoint, and where.
#[derive(Debug, Args)]
pub(crate) struct Open {
    #[command(flatten)]
    named: Named,
    /// The endpoint's name; by default the first that speaks HTTP, or else the first.
    #[arg(long, value_name = "NAME")]
    endpoint: Option<String>,
    /// The port to listen on; by default a free one.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    port: u16,
}

/// Where the workload can be reached.
#[derive(Serialize)]
struct Opened<'o> {
    endpoint: &'o str,
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl Open {
    /// Listens, says where, and carries every connection until Ctrl-C.
    pub(super) async fn ask(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        let (project, instance) = self.named.ids(session).await?;
        let shown = client.get_app_instance(&project, &instance).await?.value;
        if shown.status != InstancePhase::Running {
            return Err(Failure::Other(format!(
                "the app instance is {}, not running; wait for it, or start it",
                shown.status
            )));
        }
        let endpoint = chosen(&shown, self.endpoint.as_deref())?;
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let busy = |error| Failure::Other(format!("cannot listen on {here}: {error}"));
        let listener = TcpListener::bind(here).await.map_err(busy)?;
        say(session, endpoint, listener.local_addr().map_err(busy)?)?;
        let target = Target { project, instance, endpoint: endpoint.name.clone() };
        tokio::select! {
            failed = tunnel::serve(listener, client, &target, session.format) => Err(failed),
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    }
}

fn chosen<'i>(instance: &'i AppInstance, name: Option<&str>) -> Result<&'i Endpoint, Failure> {
    let endpoints = &instance.endpoints;
    let found = match name {
        Some(name) => endpoints.iter().find(|endpoint| endpoint.name == name),
        None => endpoints.iter().find(|endpoint| endpoint.kind == EndpointKind::Http).or(endpoints.first()),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.name.as_str()).collect();
        let wanted = name.map(|name| format!(" {name}")).unwrap_or_default();
        let there =
            if names.is_empty() { "there is none".to_owned() } else { format!("there is {}", names.join(", ")) };
        Failure::NotFound(format!("the app instance has no endpoint{wanted}; {there}"))
    })
}

fn say(session: &Session, endpoint: &Endpoint, at: SocketAddr) -> Result<(), Failure> {
    let url = match endpoint.kind {
        EndpointKind::Http => Some(format!("http://{at}/")),
        EndpointKind::Tcp | EndpointKind::Unknown => None,
    };
    if session.format.json {
        return output::json(&Opened { endpoint: &endpoint.name, address: at.to_string(), url });
    }
    eprintln!("{} is open until Ctrl-C:", endpoint.name);
    output::line(&url.unwrap_or_else(|| at.to_string()))
}
