//! `gpuaas apps`: the catalog.

use clap::Subcommand;
use gpuaas_sdk::{App, AppChange, ListAppsQuery, NewApp};

use super::change::Change;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// Apps: what the catalog has to launch.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Puts an app into the catalog.
    Create {
        /// Its unique name for URLs: lowercase letters, digits and single hyphens.
        slug: String,
        /// Its name for people; by default the slug.
        #[arg(long)]
        name: Option<String>,
        /// What it is, one line.
        #[arg(long)]
        description: Option<String>,
        /// Whose it is, by slug or id; by default the platform's, for every organization.
        #[arg(long, value_name = "ORGANIZATION")]
        org: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the catalog: the platform's apps, and those of your organizations.
    List {
        /// Only those whose slug begins so.
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
    },
    /// Shows an app.
    Show {
        /// Its slug.
        app: String,
    },
    /// Changes what is said of an app.
    Update {
        /// Its slug.
        app: String,
        /// Its name for people from now on.
        #[arg(long)]
        name: Option<String>,
        /// What it is, one line; empty: nothing is said of it.
        #[arg(long)]
        description: Option<String>,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let app = match self {
            Self::Create { slug, name, description, org, change } => {
                let organization_id = match org {
                    Some(org) => Some(resolve::organization(client, &org).await?),
                    None => None,
                };
                let display_name = name.unwrap_or_else(|| slug.clone());
                let body = NewApp { description, display_name, organization_id, slug };
                client.create_app(&body, &change.mutation()).await?
            }
            Self::List { prefix } => {
                let found = pages::all(async |cursor| {
                    let query = ListAppsQuery { slug_prefix: prefix.clone(), cursor, limit: pages::LIMIT };
                    let page = client.list_apps(&query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                return output::list(*format, &found.await?);
            }
            Self::Show { app } => client.get_app(&app).await?,
            Self::Update { app, name: display_name, description, change } => {
                client.update_app(&app, &AppChange { description, display_name }, &change.mutation()).await?
            }
        };
        output::one(*format, &app.value)
    }
}

impl Show for App {
    const COLUMNS: &'static [&'static str] = &["ID", "SLUG", "NAME", "OWNER", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.slug.clone(),
            self.display_name.clone(),
            self.organization_id.clone().unwrap_or_else(|| "platform".to_owned()),
            moment(&self.created_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let description = self.description.clone().map(|description| ("description", description));
        description.into_iter().chain([("updated", moment(&self.updated_at))]).collect()
    }
}
