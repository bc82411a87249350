//! `gpuaas members`: who may do what in an organization or a project.

mod in_organization;
mod in_project;
mod role;

use clap::Subcommand;

use self::role::{Role, roles};
use super::change::Change;
use super::resolve::Place;
use super::{Ask, Session, resolve};
use crate::output::{self, Failure};

/// Members of organizations and projects.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the members.
    List {
        /// ORGANIZATION, ORGANIZATION/PROJECT, or an id of either.
        place: String,
    },
    /// Shows a member.
    Show {
        /// ORGANIZATION, ORGANIZATION/PROJECT, or an id of either.
        place: String,
        /// The membership's id, or the person's id or e-mail address.
        member: String,
    },
    /// Makes a person a member. Members of a project are members of its organization first.
    Add {
        /// ORGANIZATION, ORGANIZATION/PROJECT, or an id of either.
        place: String,
        /// The person's id or, for platform admins, e-mail address.
        user: String,
        /// What they may do there.
        #[arg(long, value_parser = roles())]
        role: Role,
        #[command(flatten)]
        change: Change,
    },
    /// Changes what a member may do.
    SetRole {
        /// ORGANIZATION, ORGANIZATION/PROJECT, or an id of either.
        place: String,
        /// The membership's id, or the person's id or e-mail address.
        member: String,
        /// What they may do there from now on.
        #[arg(value_parser = roles())]
        role: Role,
        #[command(flatten)]
        change: Change,
    },
    /// Removes a member.
    Remove {
        /// ORGANIZATION, ORGANIZATION/PROJECT, or an id of either.
        place: String,
        /// The membership's id, or the person's id or e-mail address.
        member: String,
        #[command(flatten)]
        change: Change,
    },
}

impl Command {
    fn place(&self) -> &str {
        match self {
            Self::List { place }
            | Self::Show { place, .. }
            | Self::Add { place, .. }
            | Self::SetRole { place, .. }
            | Self::Remove { place, .. } => place,
        }
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        match resolve::place(&session.client, self.place()).await? {
            Place::Organization(organization) => in_organization::ask(session, &organization, self).await,
            Place::Project(project) => in_project::ask(session, &project, self).await,
        }
    }
}

/// One membership among those of a place, by its id, or by its person's id or address.
fn find<'m, M>(members: &'m [M], wanted: &str, names: impl Fn(&M) -> [String; 3]) -> Result<&'m M, Failure> {
    let is_wanted = |member: &&M| names(member).iter().any(|name| name.eq_ignore_ascii_case(wanted));
    let missing = || Failure::NotFound(format!("there is no member {wanted} here, or none that you may see"));
    members.iter().find(is_wanted).ok_or_else(missing)
}
