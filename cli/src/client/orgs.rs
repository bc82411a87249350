//! `gpuaas orgs`: organizations.

use clap::Subcommand;
use gpuaas_sdk::{ListOrganizationsQuery, NewOrganization, Organization, OrganizationChange};

use super::change::Change;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// Organizations: the tenants that everything else belongs to.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates an organization.
    Create {
        /// Its unique name for URLs: lowercase letters, digits and single hyphens.
        slug: String,
        /// Its name for people; by default the slug.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the organizations that you may see.
    List,
    /// Shows an organization.
    Show {
        /// Its slug or id.
        organization: String,
    },
    /// Changes an organization's names.
    Update {
        /// Its slug or id.
        organization: String,
        /// Its unique name for URLs from now on.
        #[arg(long)]
        slug: Option<String>,
        /// Its name for people from now on.
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        match self {
            Self::Create { slug, name, change } => {
                let body = NewOrganization { display_name: name.unwrap_or_else(|| slug.clone()), slug };
                output::one(*format, &client.create_organization(&body, &change.mutation()).await?.value)
            }
            Self::List => {
                let found = pages::all(async |cursor| {
                    let query = ListOrganizationsQuery { cursor, limit: pages::LIMIT, ..Default::default() };
                    let page = client.list_organizations(&query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                output::list(*format, &found.await?)
            }
            Self::Show { organization } => {
                let id = resolve::organization(client, &organization).await?;
                output::one(*format, &client.get_organization(&id).await?.value)
            }
            Self::Update { organization, slug, name: display_name, change } => {
                let id = resolve::organization(client, &organization).await?;
                let body = OrganizationChange { slug, display_name };
                output::one(*format, &client.update_organization(&id, &body, &change.mutation()).await?.value)
            }
        }
    }
}

impl Show for Organization {
    const COLUMNS: &'static [&'static str] = &["ID", "SLUG", "NAME", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.clone(), self.slug.clone(), self.display_name.clone(), moment(&self.created_at)]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("updated", moment(&self.updated_at))]
    }
}
