//! Commands on people's accounts. Personal fields are sealed before anything is decided.

use std::collections::BTreeSet;

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::id::{TypedId, UserId};
use gpuaas_domain::text::{self, MAX_DISPLAY_NAME};
use gpuaas_domain::token::Subject;
use gpuaas_domain::user::{self, EMAIL_CLAIM, PlatformRole, User};
use gpuaas_log::append::StreamId;

use crate::actor::Actor;
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Longest e-mail address (RFC 5321, section 4.5.3.1.3, less the brackets).
const MAX_EMAIL: usize = 254;

/// Creates a person's account.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// Name for people.
    pub display_name: String,
    /// E-mail address, unique in the platform.
    pub email: String,
    /// What they may do across all organizations.
    pub platform_roles: BTreeSet<PlatformRole>,
}

#[async_trait]
impl Command for CreateUser {
    const NAME: &'static str = "user.create";
    type Aggregate = User;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<UserId, Refusal> {
        unit.authorize(Action::CreateUser, Scope::Platform).await?;
        text::line("display_name", &self.display_name, MAX_DISPLAY_NAME).map_err(field)?;
        let email = normal_email(&self.email)?;
        let id: UserId = unit.new_id();
        unit.take(None, EMAIL_CLAIM, "email", &email);
        let created = user::Created {
            display_name: unit.effects().seal(id.uuid(), &self.display_name).await?,
            email: unit.effects().seal(id.uuid(), &email).await?,
            platform_roles: self.platform_roles.clone(),
        };
        unit.decide::<User>(id, None, user::Command::Create(created)).await?;
        Ok(id)
    }
}

/// Changes one's own name and address.
#[derive(Debug, Clone)]
pub struct UpdateProfile {
    /// Whose.
    pub id: UserId,
    /// Name for people, if it is to change.
    pub display_name: Option<String>,
    /// E-mail address, if it is to change.
    pub email: Option<String>,
}

#[async_trait]
impl Command for UpdateProfile {
    const NAME: &'static str = "user.change_profile";
    type Aggregate = User;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("user", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<UserId, Refusal> {
        unit.authorize(Action::ChangeOwnProfile, Scope::Own(self.id)).await?;
        let user: User = unit.load(self.id).await?;
        let Some(details) = user.details() else { return Err(Refusal::not_found("user")) };
        let old_name = unit.effects().open(&details.display_name).await?;
        let old_email = unit.effects().open(&details.email).await?;
        let display_name = self.display_name.clone().or(old_name.clone()).unwrap_or_default();
        text::line("display_name", &display_name, MAX_DISPLAY_NAME).map_err(field)?;
        let email = match &self.email {
            Some(email) => normal_email(email)?,
            None => old_email.clone().unwrap_or_default(),
        };
        if old_name.as_deref() == Some(&*display_name) && old_email.as_deref() == Some(&*email) {
            return Ok(self.id);
        }
        if old_email.as_deref() != Some(&*email) {
            if let Some(old) = &old_email {
                unit.release(None, EMAIL_CLAIM, old);
            }
            unit.take(None, EMAIL_CLAIM, "email", &email);
        }
        let changed = user::ProfileChanged {
            display_name: unit.effects().seal(self.id.uuid(), &display_name).await?,
            email: unit.effects().seal(self.id.uuid(), &email).await?,
        };
        unit.decide::<User>(self.id, None, user::Command::ChangeProfile(changed)).await?;
        Ok(self.id)
    }
}

macro_rules! administration {
    ($($(#[$meta:meta])* $name:ident = $command:literal, $action:ident, |$this:ident| $decide:expr, { $($(#[$field_meta:meta])* $field:ident: $type:ty),* };)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// Whose account.
            pub id: UserId,
            $($(#[$field_meta])* pub $field: $type,)*
        }

        #[async_trait]
        impl Command for $name {
            const NAME: &'static str = $command;
            type Aggregate = User;

            fn serialize_on(&self) -> Vec<StreamId> {
                vec![StreamId::new("user", self.id.uuid())]
            }

            async fn run(&self, unit: &mut Unit<'_>) -> Result<UserId, Refusal> {
                unit.authorize(Action::$action, Scope::Platform).await?;
                let $this = self;
                unit.decide::<User>(self.id, None, $decide).await?;
                Ok(self.id)
            }
        }
    )+};
}

administration! {
    /// Replaces a person's platform roles.
    SetPlatformRoles = "user.set_platform_roles", SetPlatformRoles,
        |this| user::Command::SetPlatformRoles(this.platform_roles.clone()),
        { /// The roles from now on.
          platform_roles: BTreeSet<PlatformRole> };
    /// Lets no token of a person count.
    DisableUser = "user.disable", DisableUser, |_this| user::Command::Disable, {};
    /// Lets a person's tokens count again.
    EnableUser = "user.enable", EnableUser, |_this| user::Command::Enable, {};
}

/// Erases a person: nothing counts that is theirs, and their address is free again. The
/// key of what is sealed is destroyed afterwards, by whoever holds key stores and follows
/// the log: until the entry is there, nothing is lost, and once it is, nothing comes back.
#[derive(Debug, Clone)]
pub struct EraseUser {
    /// Whose account.
    pub id: UserId,
}

#[async_trait]
impl Command for EraseUser {
    const NAME: &'static str = "user.erase";
    type Aggregate = User;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("user", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<UserId, Refusal> {
        unit.authorize(Action::EraseUser, Scope::Platform).await?;
        if is_oneself(&unit.context().actor, self.id) {
            let advice = "you cannot erase yourself; ask another platform admin to do it";
            return Err(Refusal::new(Code::CannotEraseOneself, advice));
        }
        let before: User = unit.load(self.id).await?;
        unit.decide::<User>(self.id, None, user::Command::Erase).await?;
        // Without the key nobody knows the address, and its claim stays.
        if let Some(details) = before.details()
            && let Some(email) = unit.effects().open(&details.email).await?
        {
            unit.release(None, EMAIL_CLAIM, &email);
        }
        Ok(self.id)
    }
}

fn is_oneself(actor: &Actor, user: UserId) -> bool {
    match actor {
        Actor::Principal(principal) => principal.subject == Subject::User(user),
        Actor::Credential(_) | Actor::Node { .. } | Actor::Enrolling { .. } | Actor::Policy(_) | Actor::System => false,
    }
}

/// Trimmed and in lowercase, so that one mailbox is one name.
fn normal_email(text: &str) -> Result<String, Refusal> {
    let email = text.trim().to_lowercase();
    let well_formed = match email.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && domain.contains('.')
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !domain.contains('@')
        }
        None => false,
    };
    let clean = !email.chars().any(|c| c.is_control() || c.is_whitespace());
    if well_formed && clean && email.chars().count() <= MAX_EMAIL {
        Ok(email)
    } else {
        Err(Refusal::invalid_field("email", "email must be an address like name@example.com"))
    }
}

fn field(error: text::TextError) -> Refusal {
    Refusal::invalid_field(error.field(), error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_is_one_name() {
        assert_eq!(normal_email(" Ada@Example.COM ").unwrap(), "ada@example.com");
        for bad in ["", "ada", "@example.com", "ada@", "ada@host", "a da@example.com", "ada@.com", "a@b@c.com"] {
            assert!(normal_email(bad).is_err(), "{bad:?}");
        }
    }
}
