//! `gpuaas users`: people's accounts.

use clap::Subcommand;
use gpuaas_sdk::{
    Client, ListUsersQuery, NewUser, PlatformRole, ProfileChange, User, UserChange, UserStatus, UserStatusChange,
};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// People's accounts. All but one's own are for platform admins.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a person's account.
    Create {
        /// E-mail address, unique in the platform.
        email: String,
        /// Name for people; by default the address.
        #[arg(long)]
        name: Option<String>,
        /// What they may do across all organizations; may be given several times.
        #[arg(long = "role", value_name = "ROLE", value_parser = words(PlatformRole::ALL, PlatformRole::as_str))]
        roles: Vec<PlatformRole>,
        #[command(flatten)]
        change: Change,
    },
    /// Lists people.
    List {
        /// Only those.
        #[arg(long, value_parser = words(UserStatus::ALL, UserStatus::as_str))]
        status: Option<UserStatus>,
    },
    /// Shows a person's account.
    Show {
        /// The person's e-mail address or id.
        user: String,
    },
    /// Shows your own account.
    Me,
    /// Changes your own name and address.
    UpdateMe {
        /// Your name from now on.
        #[arg(long)]
        name: Option<String>,
        /// Your e-mail address from now on.
        #[arg(long)]
        email: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Says all that a person may do across all organizations; without a role, nothing.
    SetRoles {
        /// The person's e-mail address or id.
        user: String,
        /// All roles from now on.
        #[arg(value_parser = words(PlatformRole::ALL, PlatformRole::as_str))]
        roles: Vec<PlatformRole>,
        #[command(flatten)]
        change: Change,
    },
    /// Makes a person's tokens stop counting.
    Disable {
        /// The person's e-mail address or id.
        user: String,
        #[command(flatten)]
        change: Change,
    },
    /// Makes a disabled person's tokens count again.
    Enable {
        /// The person's e-mail address or id.
        user: String,
        #[command(flatten)]
        change: Change,
    },
    /// Erases a person for good: name and address can be read nowhere any more.
    Erase {
        /// The person's e-mail address or id.
        user: String,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let user = match self {
            Self::List { status } => return output::list(*format, &list(client, status).await?),
            Self::Create { email, name, roles, change } => {
                let display_name = name.unwrap_or_else(|| email.clone());
                let body = NewUser { display_name, email, platform_roles: Some(roles) };
                client.create_user(&body, &change.mutation()).await?.value
            }
            Self::Show { user } => client.get_user(&resolve::user(client, &user).await?).await?.value,
            Self::Me => client.get_me().await?.value,
            Self::UpdateMe { name: display_name, email, change } => {
                client.update_me(&ProfileChange { display_name, email }, &change.mutation()).await?.value
            }
            Self::SetRoles { user, roles, change } => {
                update(client, &user, UserChange { platform_roles: Some(roles), status: None }, &change).await?
            }
            Self::Disable { user, change } => set_status(client, &user, UserStatusChange::Disabled, &change).await?,
            Self::Enable { user, change } => set_status(client, &user, UserStatusChange::Active, &change).await?,
            Self::Erase { user, change } => {
                client.erase_user(&resolve::user(client, &user).await?, &change.mutation()).await?.value
            }
        };
        output::one(*format, &user)
    }
}

async fn list(client: &Client, status: Option<UserStatus>) -> Result<Vec<User>, Failure> {
    let found = pages::all(async |cursor| {
        let page = client.list_users(&ListUsersQuery { status, cursor, limit: pages::LIMIT }).await?.value;
        Ok((page.items, page.next_cursor))
    });
    Ok(found.await?)
}

async fn set_status(client: &Client, user: &str, status: UserStatusChange, change: &Change) -> Result<User, Failure> {
    update(client, user, UserChange { platform_roles: None, status: Some(status) }, change).await
}

async fn update(client: &Client, user: &str, body: UserChange, change: &Change) -> Result<User, Failure> {
    let id = resolve::user(client, user).await?;
    Ok(client.update_user(&id, &body, &change.mutation()).await?.value)
}

impl Show for User {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "EMAIL", "ROLES", "STATUS"];

    fn cells(&self) -> Vec<String> {
        let roles: Vec<&str> = self.platform_roles.iter().map(|role| role.as_str()).collect();
        let (name, email) = person(self.person.as_ref(), self.status == UserStatus::Erased);
        let roles = if roles.is_empty() { "-".to_owned() } else { roles.join(",") };
        vec![self.id.clone(), name, email, roles, self.status.to_string()]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![("created", moment(&self.created_at)), ("updated", moment(&self.updated_at))]
    }
}

/// Name and address; those of an erased person are told as such, and where they may not be
/// seen, a hyphen each.
pub(super) fn person(person: Option<&gpuaas_sdk::Person>, erased: bool) -> (String, String) {
    let absent = || if erased { "erased" } else { "-" }.to_owned();
    person.map_or_else(|| (absent(), absent()), |person| (person.display_name.clone(), person.email.clone()))
}
