//! `gpuaas entitlements`: which apps projects may launch.

use clap::Subcommand;
use gpuaas_sdk::{Entitlement, EntitlementChange, ListEntitlementsQuery};

use super::change::Change;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// Entitlements: which apps of the catalog a project may launch.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the apps that a project may launch, and those that it may no more.
    List {
        /// ORGANIZATION/PROJECT, or the project's id.
        project: String,
        /// Only those that it may, or with false those that it may not.
        #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
        enabled: Option<bool>,
    },
    /// Lets a project launch an app.
    Enable {
        /// ORGANIZATION/PROJECT, or the project's id.
        project: String,
        /// The app's slug.
        app: String,
        #[command(flatten)]
        change: Change,
    },
    /// Lets a project launch an app no more; what runs stays.
    Disable {
        /// ORGANIZATION/PROJECT, or the project's id.
        project: String,
        /// The app's slug.
        app: String,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        match self {
            Self::List { project, enabled } => list(session, &project, enabled).await,
            Self::Enable { project, app, change } => set(session, &project, &app, true, &change).await,
            Self::Disable { project, app, change } => set(session, &project, &app, false, &change).await,
        }
    }
}

async fn list(Session { client, format }: &Session, project: &str, enabled: Option<bool>) -> Result<(), Failure> {
    let project = resolve::project(client, project).await?;
    let found = pages::all(async |cursor| {
        let query = ListEntitlementsQuery { enabled, cursor, limit: pages::LIMIT };
        let page = client.list_entitlements(&project, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(*format, &found.await?)
}

async fn set(
    Session { client, format }: &Session,
    project: &str,
    app: &str,
    enabled: bool,
    change: &Change,
) -> Result<(), Failure> {
    let project = resolve::project(client, project).await?;
    let body = EntitlementChange { enabled };
    output::one(*format, &client.set_entitlement(&project, app, &body, &change.mutation()).await?.value)
}

impl Show for Entitlement {
    const COLUMNS: &'static [&'static str] = &["ID", "APP", "ENABLED", "CREATED"];

    fn cells(&self) -> Vec<String> {
        let enabled = if self.enabled { "yes" } else { "no" };
        vec![self.id.clone(), self.app_slug.clone(), enabled.to_owned(), moment(&self.created_at)]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("project", self.project_id.clone()), ("updated", moment(&self.updated_at))]
    }
}
