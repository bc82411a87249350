//! `gpuaas app-versions`: versions of apps, each with its manifest.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use gpuaas_sdk::{AppVersion, AppVersionStatus, ListAppVersionsQuery, NewAppVersion};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, manifest, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// Versions of apps: each has a manifest, which says how it is launched.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a version from a manifest. It can be launched once it is published.
    Create {
        /// The app's slug.
        app: String,
        /// What the version is called, uniquely in the app.
        version: String,
        /// A file with the manifest, as YAML or JSON; with -, standard input is read.
        #[arg(value_name = "FILE")]
        manifest: PathBuf,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the versions of an app.
    List {
        /// The app's slug.
        app: String,
        /// Only those.
        #[arg(long, value_parser = words(AppVersionStatus::ALL, AppVersionStatus::as_str))]
        status: Option<AppVersionStatus>,
    },
    /// Shows a version; with --json, with its manifest.
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Lets a version be launched.
    Publish {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Lets a version be launched no more; what runs stays.
    Retire {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
}

/// A version of an app.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The app's slug.
    app: String,
    /// The version's name or id.
    version: String,
}

impl Named {
    async fn id(&self, session: &Session) -> Result<String, Failure> {
        resolve::app_version(&session.client, &self.app, &self.version).await
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let version = match self {
            Self::List { app, status } => return list(session, &app, status).await,
            Self::Show { named } => return show(session, &named).await,
            Self::Create { app, version, manifest, change } => {
                let body = NewAppVersion { manifest: manifest::read(&manifest)?, version };
                client.create_app_version(&app, &body, &change.mutation()).await?
            }
            Self::Publish { named, change } => {
                client.publish_app_version(&named.app, &named.id(session).await?, &change.mutation()).await?
            }
            Self::Retire { named, change } => {
                client.retire_app_version(&named.app, &named.id(session).await?, &change.mutation()).await?
            }
        };
        output::one(*format, &version.value)
    }
}

async fn list(session: &Session, app: &str, status: Option<AppVersionStatus>) -> Result<(), Failure> {
    let found = pages::all(async |cursor| {
        let query = ListAppVersionsQuery { status, cursor, limit: pages::LIMIT, ..Default::default() };
        let page = session.client.list_app_versions(app, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(session.format, &found.await?)
}

async fn show(session: &Session, named: &Named) -> Result<(), Failure> {
    let found = session.client.get_app_version(&named.app, &named.id(session).await?).await?.value;
    if session.format.json { output::json(&found) } else { output::one(session.format, &found.version) }
}

impl Show for AppVersion {
    const COLUMNS: &'static [&'static str] = &["ID", "VERSION", "STATUS", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![self.id.clone(), self.version.clone(), self.status.to_string(), moment(&self.created_at)]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("app", self.app_id.clone()),
            ("manifest", self.manifest_digest.clone()),
            ("updated", moment(&self.updated_at)),
        ]
    }
}
