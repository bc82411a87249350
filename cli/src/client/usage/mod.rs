//! `gpuaas usage`: what was used.

mod record;
mod show;

use clap::Subcommand;
use gpuaas_sdk::{ListAllocationUsageQuery, ListUsageEventsQuery};

use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure};

/// Usage: what allocations used, and what products report.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists what the allocations of an organization used, as far as it is metered.
    Allocations {
        /// The organization's slug or id.
        organization: String,
        /// Only of this project, ORGANIZATION/PROJECT or its id.
        #[arg(long)]
        project: Option<String>,
    },
    /// Lists the usage that products reported of an organization.
    Events {
        /// The organization's slug or id.
        organization: String,
        /// Only of this project, ORGANIZATION/PROJECT or its id.
        #[arg(long)]
        project: Option<String>,
        /// Only in this usage unit, by name or id.
        #[arg(long)]
        unit: Option<String>,
    },
    /// Reports usage in a registered unit. The same report twice is recorded once.
    Record(Box<record::Record>),
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::Allocations { organization, project } => allocations(session, &organization, project).await,
            Self::Events { organization, project, unit } => events(session, &organization, project, unit).await,
            Self::Record(record) => record.ask(session).await,
        }
    }
}

async fn allocations(session: &Session, organization: &str, project: Option<String>) -> Result<(), Failure> {
    let client = &session.client;
    let organization = resolve::organization(client, organization).await?;
    let project_id = only(session, project).await?;
    let found = pages::all(async |cursor| {
        let query = ListAllocationUsageQuery { project_id: project_id.clone(), cursor, limit: pages::LIMIT };
        let page = client.list_allocation_usage(&organization, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(session.format, &found.await?)
}

async fn events(
    session: &Session,
    organization: &str,
    project: Option<String>,
    unit: Option<String>,
) -> Result<(), Failure> {
    let client = &session.client;
    let organization = resolve::organization(client, organization).await?;
    let project_id = only(session, project).await?;
    let usage_unit_id = match unit {
        Some(unit) => Some(resolve::usage_unit(client, &unit).await?),
        None => None,
    };
    let found = pages::all(async |cursor| {
        let (project_id, usage_unit_id) = (project_id.clone(), usage_unit_id.clone());
        let query = ListUsageEventsQuery { project_id, usage_unit_id, cursor, limit: pages::LIMIT };
        let page = client.list_usage_events(&organization, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(session.format, &found.await?)
}

/// The project that a list is narrowed to.
async fn only(session: &Session, project: Option<String>) -> Result<Option<String>, Failure> {
    match project {
        Some(project) => resolve::project(&session.client, &project).await.map(Some),
        None => Ok(None),
    }
}
