//! `gpuaas allocations`: slots of nodes that a project has, or waits for.

mod create;
mod show;

use std::time::Duration;

use clap::{Args, Subcommand};
use gpuaas_sdk::{Allocation, AllocationStatus, ListAllocationsQuery};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure};

/// Between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(250);

/// Allocations: slots of nodes that a project has, or waits for. They cost from when they are
/// active until they are released.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Says what an hour costs, and asks for an allocation.
    Create(create::Create),
    /// Lists the allocations of a project.
    List {
        /// ORGANIZATION/PROJECT, or the project's id.
        project: String,
        /// Only those.
        #[arg(long, value_parser = words(AllocationStatus::ALL, AllocationStatus::as_str))]
        status: Option<AllocationStatus>,
        /// Only those on this node, by name or id.
        #[arg(long)]
        node: Option<String>,
    },
    /// Shows an allocation, and which nodes could not take it.
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Gives an allocation back. What runs on it is decommissioned first.
    Release {
        #[command(flatten)]
        named: Named,
        /// Wait until it is released.
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        change: Change,
    },
}

/// An allocation of a project.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// ORGANIZATION/PROJECT, or the project's id.
    project: String,
    /// Its name or id.
    allocation: String,
}

impl Named {
    /// The ids of the project and the allocation.
    async fn ids(&self, Session { client, .. }: &Session) -> Result<(String, String), Failure> {
        let project = resolve::project(client, &self.project).await?;
        let allocation = resolve::allocation(client, &project, &self.allocation).await?;
        Ok((project, allocation))
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let allocation = match self {
            Self::Create(create) => return create.ask(session).await,
            Self::List { project, status, node } => return list(session, &project, status, node).await,
            Self::Show { named } => {
                let (project, id) = named.ids(session).await?;
                client.get_allocation(&project, &id).await?.value
            }
            Self::Release { named, wait, change } => {
                let (project, id) = named.ids(session).await?;
                let released = client.release_allocation(&project, &id, &change.mutation()).await?.value;
                if wait && !change.is_trial() {
                    while_it_is(session, released, AllocationStatus::Releasing).await?
                } else {
                    released
                }
            }
        };
        output::one(*format, &allocation)
    }
}

/// The allocation once it is no longer so.
async fn while_it_is(
    session: &Session,
    mut allocation: Allocation,
    status: AllocationStatus,
) -> Result<Allocation, Failure> {
    while allocation.status == status {
        tokio::time::sleep(PAUSE).await;
        allocation = session.client.get_allocation(&allocation.project_id, &allocation.id).await?.value;
    }
    Ok(allocation)
}

async fn list(
    session: &Session,
    project: &str,
    status: Option<AllocationStatus>,
    node: Option<String>,
) -> Result<(), Failure> {
    let client = &session.client;
    let project = resolve::project(client, project).await?;
    let node_id = match node {
        Some(node) => Some(resolve::node(client, &node).await?),
        None => None,
    };
    let found = pages::all(async |cursor| {
        let (node_id, limit) = (node_id.clone(), pages::LIMIT);
        let query = ListAllocationsQuery { status, node_id, cursor, limit, ..Default::default() };
        let page = client.list_allocations(&project, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(session.format, &found.await?)
}
