//! `gpuaas instances`: workloads on allocations.

mod control;
mod launch;
mod logs;
mod open;
mod show;
mod token;
mod watch;

use clap::{Args, Subcommand};
use gpuaas_sdk::{InstancePhase, ListAppInstancesQuery};

use super::words::words;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure};

/// App instances: workloads on allocations.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Launches a version of an app on an allocation, and says what an hour of that costs.
    Launch(launch::Launch),
    /// Lists the app instances of a project.
    List {
        /// ORGANIZATION/PROJECT, or the project's id.
        project: String,
        /// Only those.
        #[arg(long, value_parser = words(InstancePhase::ALL, InstancePhase::as_str))]
        status: Option<InstancePhase>,
        /// Only those on this allocation, by name or id.
        #[arg(long)]
        allocation: Option<String>,
    },
    /// Shows an app instance, and what it waits for.
    Show {
        #[command(flatten)]
        named: Named,
    },
    #[command(flatten)]
    Control(control::Command),
    /// Shows how far the image has come, while the node fetches it.
    ImageProgress {
        #[command(flatten)]
        named: Named,
    },
    /// Prints what an app instance wrote, as far as its node keeps it.
    Logs(logs::Logs),
    /// Makes an endpoint of an app instance reachable on this machine, until Ctrl-C.
    Open(open::Open),
    /// Prints the token that the platform made for an app instance whose app asks for one.
    Token(token::Token),
}

/// An app instance of a project.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// ORGANIZATION/PROJECT, or the project's id.
    project: String,
    /// Its name or id.
    instance: String,
}

impl Named {
    /// The ids of the project and the app instance.
    async fn ids(&self, Session { client, .. }: &Session) -> Result<(String, String), Failure> {
        let project = resolve::project(client, &self.project).await?;
        let instance = resolve::app_instance(client, &project, &self.instance).await?;
        Ok((project, instance))
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        match self {
            Self::Launch(launch) => launch.ask(session).await,
            Self::Control(command) => command.ask(session).await,
            Self::Logs(logs) => logs.ask(session).await,
            Self::Open(open) => open.ask(session).await,
            Self::Token(token) => token.ask(session).await,
            Self::List { project, status, allocation } => list(session, &project, status, allocation).await,
            Self::Show { named } => {
                let (project, id) = named.ids(session).await?;
                output::one(*format, &client.get_app_instance(&project, &id).await?.value)
            }
            Self::ImageProgress { named } => {
                let (project, id) = named.ids(session).await?;
                output::one(*format, &client.get_app_instance_image_progress(&project, &id).await?.value)
            }
        }
    }
}

async fn list(
    Session { client, format }: &Session,
    project: &str,
    status: Option<InstancePhase>,
    allocation: Option<String>,
) -> Result<(), Failure> {
    let project = resolve::project(client, project).await?;
    let allocation_id = match allocation {
        Some(allocation) => Some(resolve::allocation(client, &project, &allocation).await?),
        None => None,
    };
    let found = pages::all(async |cursor| {
        let (allocation_id, limit) = (allocation_id.clone(), pages::LIMIT);
        let query = ListAppInstancesQuery { status, allocation_id, cursor, limit, ..Default::default() };
        let page = client.list_app_instances(&project, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(*format, &found.await?)
}
