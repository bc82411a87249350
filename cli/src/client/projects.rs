//! `gpuaas projects`: projects of organizations.

use clap::Subcommand;
use gpuaas_sdk::{ListProjectsQuery, NewProject, Project, ProjectChange, ProjectStatus};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// Projects: where the work of an organization happens.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a project.
    Create {
        /// Its organization and its name for URLs.
        #[arg(value_name = "ORGANIZATION/PROJECT")]
        project: String,
        /// Its name for people; by default that for URLs.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the projects of an organization that you may see.
    List {
        /// The organization's slug or id.
        organization: String,
        /// Only those.
        #[arg(long, value_parser = words(ProjectStatus::ALL, ProjectStatus::as_str))]
        status: Option<ProjectStatus>,
    },
    /// Shows a project.
    Show {
        /// ORGANIZATION/PROJECT, or its id.
        project: String,
    },
    /// Changes a project's names.
    Update {
        /// ORGANIZATION/PROJECT, or its id.
        project: String,
        /// Its name for URLs from now on.
        #[arg(long)]
        slug: Option<String>,
        /// Its name for people from now on.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Closes a project for new work.
    Archive {
        /// ORGANIZATION/PROJECT, or its id.
        project: String,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        match self {
            Self::Create { project, name, change } => {
                let (organization, slug) = resolve::parts(&project)?;
                let organization = resolve::organization(client, organization).await?;
                let body = NewProject { display_name: name.unwrap_or_else(|| slug.to_owned()), slug: slug.to_owned() };
                output::one(*format, &client.create_project(&organization, &body, &change.mutation()).await?.value)
            }
            Self::List { organization, status } => list(session, &organization, status).await,
            Self::Show { project } => {
                let id = resolve::project(client, &project).await?;
                output::one(*format, &client.get_project(&id).await?.value)
            }
            Self::Update { project, slug, name: display_name, change } => {
                let id = resolve::project(client, &project).await?;
                let body = ProjectChange { slug, display_name };
                output::one(*format, &client.update_project(&id, &body, &change.mutation()).await?.value)
            }
            Self::Archive { project, change } => {
                let id = resolve::project(client, &project).await?;
                output::one(*format, &client.archive_project(&id, &change.mutation()).await?.value)
            }
        }
    }
}

async fn list(session: &Session, organization: &str, status: Option<ProjectStatus>) -> Result<(), Failure> {
    let Session { client, format } = session;
    let organization = resolve::organization(client, organization).await?;
    let found = pages::all(async |cursor| {
        let query = ListProjectsQuery { status, cursor, limit: pages::LIMIT, ..Default::default() };
        let page = client.list_projects(&organization, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(*format, &found.await?)
}

impl Show for Project {
    const COLUMNS: &'static [&'static str] = &["ID", "SLUG", "NAME", "STATUS", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.slug.clone(),
            self.display_name.clone(),
            self.status.to_string(),
            moment(&self.created_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("organization", self.organization_id.clone()), ("updated", moment(&self.updated_at))]
    }
}
