//! People. Names and addresses are sealed in the log and opened here, when they are read.

use std::collections::BTreeSet;

use gpuaas_commands::Effects as _;
use gpuaas_domain::id::UserId;
use gpuaas_domain::user::{Details, PlatformRole, User};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::app::App;
use crate::http::{Problem, json};
use crate::resource::Resource;

/// A person's account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct UserView {
    /// Its id.
    #[schema(value_type = vocabulary::UserId)]
    pub id: UserId,
    /// Name and address; null if the person was erased.
    pub person: Option<Person>,
    /// What they may do across all organizations.
    #[schema(value_type = Vec<vocabulary::PlatformRole>)]
    pub platform_roles: BTreeSet<PlatformRole>,
    /// Whether their tokens count.
    pub status: UserStatus,
    /// When the account was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Name and address of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// Name for people.
    pub display_name: String,
    /// E-mail address.
    pub email: String,
}

/// Whether a person's tokens count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// They do.
    Active,
    /// They do not.
    Disabled,
    /// They never will: the person was erased.
    Erased,
}

impl UserStatus {
    /// Its word in the read models.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Erased => "erased",
        }
    }
}

/// Whether a person's tokens are to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UserStatusChange {
    /// They do from now on.
    Active,
    /// They do not from now on.
    Disabled,
}

/// A new person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// Name for people, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub display_name: String,
    /// E-mail address, unique in the platform.
    #[schema(min_length = 3, max_length = 254, format = "address", example = "ada@example.org")]
    pub email: String,
    /// What they may do across all organizations; left out: nothing.
    #[serde(default)]
    #[schema(value_type = Vec<vocabulary::PlatformRole>)]
    pub platform_roles: BTreeSet<PlatformRole>,
}

/// What changes of one's own account; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileChange {
    /// Name for people.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, min_length = 1, max_length = 120, format = "line")]
    pub display_name: Option<String>,
    /// E-mail address.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false, min_length = 3, max_length = 254, format = "address", example = "ada@example.org")]
    pub email: Option<String>,
}

/// What an admin changes of a person's account: one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(min_properties = 1, max_properties = 1)]
pub struct UserChange {
    /// All roles from now on.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(value_type = Option<Vec<vocabulary::PlatformRole>>, nullable = false)]
    pub platform_roles: Option<BTreeSet<PlatformRole>>,
    /// Whether their tokens count from now on.
    #[serde(default, deserialize_with = "json::present")]
    #[schema(nullable = false)]
    pub status: Option<UserStatusChange>,
}

impl UserView {
    /// The view of a person's account, its sealed fields opened.
    pub async fn open(app: &App, resource: Resource<User>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (details, status) = match &resource.state {
            User::Absent => return Err(Resource::<User>::missing()),
            User::Active(details) => (Some(details), UserStatus::Active),
            User::Disabled(details) => (Some(details), UserStatus::Disabled),
            User::Erased => (None, UserStatus::Erased),
        };
        let person = match details {
            Some(details) => Person::open(app, details).await?,
            None => None,
        };
        let platform_roles = details.map(|details| details.platform_roles.clone()).unwrap_or_default();
        Ok(Self { id: resource.id, person, platform_roles, status, created_at, updated_at })
    }
}

/// Whom a membership is about, as it may be shown.
#[derive(Debug, Default)]
pub struct Whom {
    /// Name and address.
    pub person: Option<Person>,
    /// Whether the person was erased.
    pub erased: bool,
}

impl Whom {
    /// Whom this id names.
    pub async fn of(app: &App, user: UserId) -> Result<Self, Problem> {
        let (user, _) = app.engine.state::<User>(user).await?;
        let person = match user.details() {
            Some(details) => Person::open(app, details).await?,
            None => None,
        };
        Ok(Self { person, erased: user == User::Erased })
    }
}

impl Person {
    /// Opens the sealed fields; `None` if the person was erased.
    pub async fn open(app: &App, details: &Details) -> Result<Option<Self>, Problem> {
        let display_name = app.world.open(&details.display_name).await?;
        let email = app.world.open(&details.email).await?;
        Ok(display_name.zip(email).map(|(display_name, email)| Self { display_name, email }))
    }
}
