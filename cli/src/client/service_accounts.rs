//! `gpuaas service-accounts`: the machine identities of projects.

use std::path::PathBuf;

use clap::Subcommand;
use gpuaas_sdk::{
    ClientCredentials, ListServiceAccountsQuery, NewSecret, NewServiceAccount, ProjectRole, ServiceAccount,
    ServiceAccountChange,
};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve, secret};
use crate::config::Seconds;
use crate::output::{self, Failure, Show, moment};

/// Service accounts: the machine identities of projects.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a service account. It acts once it has a secret.
    Create {
        /// ORGANIZATION/PROJECT, or the project's id.
        project: String,
        /// Its name, unique in the project: lowercase letters, digits and single hyphens.
        name: String,
        /// What it may do in the project.
        #[arg(long, value_parser = words(ProjectRole::ALL, ProjectRole::as_str))]
        role: ProjectRole,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the service accounts of a project.
    List {
        /// ORGANIZATION/PROJECT, or the project's id.
        project: String,
    },
    /// Shows a service account.
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Changes what a service account may do.
    SetRole {
        #[command(flatten)]
        named: Named,
        /// What it may do in the project from now on.
        #[arg(value_parser = words(ProjectRole::ALL, ProjectRole::as_str))]
        role: ProjectRole,
        #[command(flatten)]
        change: Change,
    },
    /// Deletes a service account: its tokens stop counting at once.
    Delete {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Adds a secret, and tells it this once.
    AddSecret {
        #[command(flatten)]
        named: Named,
        /// For how long it counts, for example 30d; by default until it is revoked.
        #[arg(long, value_name = "DURATION")]
        expires_in: Option<Seconds>,
        #[command(flatten)]
        change: Change,
    },
    /// Revokes a secret: it can be exchanged no more.
    RevokeSecret {
        #[command(flatten)]
        named: Named,
        /// The secret's id.
        secret: String,
        #[command(flatten)]
        change: Change,
    },
    /// Exchanges a secret for a short-lived token, and tells it this once.
    Token {
        /// The service account's id.
        account: String,
        /// A file with the secret; by default, standard input is read.
        #[arg(long, value_name = "FILE", default_value = "-")]
        secret_file: PathBuf,
        #[command(flatten)]
        change: Change,
    },
}

/// A service account of a project.
#[derive(Debug, clap::Args)]
pub(crate) struct Named {
    /// ORGANIZATION/PROJECT, or the project's id.
    project: String,
    /// Its name or id.
    account: String,
}

impl Named {
    /// The ids of the project and the service account.
    async fn ids(&self, Session { client, .. }: &Session) -> Result<(String, String), Failure> {
        let project = resolve::project(client, &self.project).await?;
        let account = resolve::service_account(client, &project, &self.account).await?;
        Ok((project, account))
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let account = match self {
            Self::List { project } => return list(session, &project).await,
            Self::AddSecret { named, expires_in, change } => return add(session, &named, expires_in, &change).await,
            Self::Token { account, secret_file, change } => {
                let client_secret = secret::read(&secret_file)?;
                return exchange(session, ClientCredentials { client_id: account, client_secret }, &change).await;
            }
            Self::Create { project, name, role, change } => {
                let project = resolve::project(client, &project).await?;
                let body = NewServiceAccount { name, role };
                client.create_service_account(&project, &body, &change.mutation()).await?
            }
            Self::Show { named } => {
                let (project, id) = named.ids(session).await?;
                client.get_service_account(&project, &id).await?
            }
            Self::SetRole { named, role, change } => {
                let (project, id) = named.ids(session).await?;
                let body = ServiceAccountChange { role };
                client.update_service_account(&project, &id, &body, &change.mutation()).await?
            }
            Self::Delete { named, change } => {
                let (project, id) = named.ids(session).await?;
                client.delete_service_account(&project, &id, &change.mutation()).await?
            }
            Self::RevokeSecret { named, secret, change } => {
                let (project, id) = named.ids(session).await?;
                client.revoke_service_account_secret(&project, &id, &secret, &change.mutation()).await?
            }
        };
        output::one(*format, &account.value)
    }
}

async fn list(Session { client, format }: &Session, project: &str) -> Result<(), Failure> {
    let project = resolve::project(client, project).await?;
    let found = pages::all(async |cursor| {
        let query = ListServiceAccountsQuery { cursor, limit: pages::LIMIT, ..Default::default() };
        let page = client.list_service_accounts(&project, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(*format, &found.await?)
}

async fn add(session: &Session, named: &Named, expires_in: Option<Seconds>, change: &Change) -> Result<(), Failure> {
    let (project, id) = named.ids(session).await?;
    let body = NewSecret { expires_in: expires_in.map(|Seconds(seconds)| seconds) };
    let client = &session.client;
    let added = client.add_service_account_secret(&project, &id, &body, &change.mutation()).await?.value;
    let about = format!("secret {} of {id}", added.id.as_deref().unwrap_or("-"));
    secret::tell(session, &added, added.secret.as_deref(), &about)
}

async fn exchange(session: &Session, body: ClientCredentials, change: &Change) -> Result<(), Failure> {
    let token = session.client.exchange_secret(&body, &change.mutation()).await?.value;
    let about = format!("token of {} for {} s", body.client_id, token.expires_in);
    secret::tell(session, &token, token.access_token.as_deref(), &about)
}

impl Show for ServiceAccount {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "ROLE", "SECRETS", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.name.clone(),
            self.role.to_string(),
            self.secrets.len().to_string(),
            moment(&self.created_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let until = |at: Option<&str>| {
            at.map_or_else(|| "until it is revoked".to_owned(), |at| format!("until {}", moment(at)))
        };
        let secret = |secret: &gpuaas_sdk::Secret| format!("{} {}", secret.id, until(secret.expires_at.as_deref()));
        let about = [
            ("project", self.project_id.clone()),
            ("organization", self.organization_id.clone()),
            ("updated", moment(&self.updated_at)),
        ];
        about.into_iter().chain(self.secrets.iter().map(|each| ("secret", secret(each)))).collect()
    }
}
