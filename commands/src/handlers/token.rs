//! Commands on tokens. The token itself is signed by whoever asks; the log knows its id.

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::id::{OrganizationId, ServiceAccountId, TokenId, TypedId, UserId};
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_domain::text::{self, MAX_DISPLAY_NAME};
use gpuaas_domain::token::{self, Issued, Name, Purpose, Subject, Token};
use gpuaas_domain::user::User;
use gpuaas_log::append::StreamId;
use subtle::ConstantTimeEq;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;
use crate::secret;

/// Seconds that a service account's token counts.
pub const ACCESS_SECONDS: u64 = 15 * 60;
/// Most seconds that a personal token counts: a year.
pub const MAX_PERSONAL_SECONDS: u64 = 366 * 24 * 3600;
/// Seconds that an admin token counts: ten years; it is rotated, not awaited.
const ADMIN_SECONDS: u64 = 10 * 366 * 24 * 3600;

/// Issues a token to a service account that shows one of its secrets.
#[derive(Clone)]
pub struct ExchangeSecret {
    /// Who.
    pub account: ServiceAccountId,
    /// What it shows.
    pub secret: String,
}

#[async_trait]
impl Command for ExchangeSecret {
    const NAME: &'static str = "token.exchange_secret";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = Token;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<TokenId, Refusal> {
        let account = unit.load::<ServiceAccount>(self.account).await?;
        let digest = unit.effects().secret_digest(&self.secret);
        let known = match &account {
            ServiceAccount::Active(details) => {
                secret::id_of(&self.secret).and_then(|id| Some((id, details.secrets.get(&id)?, details.organization)))
            }
            ServiceAccount::Absent | ServiceAccount::Deleted(_) => None,
        };
        let Some((id, kept, organization)) = known else { return Err(wrong_credentials()) };
        let expired = kept.expires_at.is_some_and(|at| at <= unit.now());
        if expired || !bool::from(kept.digest.0.ct_eq(&digest.0)) {
            return Err(wrong_credentials());
        }
        unit.authorize(Action::ExchangeSecret, Scope::Organization(organization)).await?;
        let issued = Issued {
            subject: Subject::ServiceAccount(self.account),
            purpose: Purpose::Access,
            name: Name::Plain("access token".to_owned()),
            organization: Some(organization),
            secret: Some(id),
            expires_at: unit.now().plus_seconds(ACCESS_SECONDS),
        };
        issue(unit, Some(organization), issued).await
    }
}

/// One sentence for every cause, so that nobody learns which accounts there are.
fn wrong_credentials() -> Refusal {
    Refusal::new(Code::InvalidClientCredentials, "the client id or the secret is wrong, expired or revoked")
}

/// Issues a token to a person, for programs that act as them.
#[derive(Debug, Clone)]
pub struct IssuePersonalToken {
    /// Whose.
    pub user: UserId,
    /// What its owner calls it.
    pub name: String,
    /// The only organization it reaches; `None`: all that the person reaches.
    pub organization: Option<OrganizationId>,
    /// How long it counts, in seconds.
    pub seconds: u64,
}

#[async_trait]
impl Command for IssuePersonalToken {
    const NAME: &'static str = "token.issue_personal";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = Token;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<TokenId, Refusal> {
        unit.authorize(Action::IssuePersonalToken, Scope::Own(self.user)).await?;
        if !(60..=MAX_PERSONAL_SECONDS).contains(&self.seconds) {
            let message = format!("expires_in must be 60 to {MAX_PERSONAL_SECONDS} seconds");
            return Err(Refusal::invalid_field("expires_in", message));
        }
        if !matches!(unit.load::<User>(self.user).await?, User::Active(_)) {
            return Err(Refusal::not_found("user"));
        }
        text::line("name", &self.name, MAX_DISPLAY_NAME)
            .map_err(|error| Refusal::invalid_field(error.field(), error.to_string()))?;
        let issued = Issued {
            subject: Subject::User(self.user),
            purpose: Purpose::Personal,
            name: Name::Sealed(unit.effects().seal(self.user.uuid(), &self.name).await?),
            organization: self.organization,
            secret: None,
            expires_at: unit.now().plus_seconds(self.seconds),
        };
        issue(unit, None, issued).await
    }
}

/// Revokes one of one's own tokens.
#[derive(Debug, Clone)]
pub struct RevokeToken {
    /// Whose, as the route says.
    pub user: UserId,
    /// Which.
    pub id: TokenId,
}

#[async_trait]
impl Command for RevokeToken {
    const NAME: &'static str = "token.revoke_own";
    type Aggregate = Token;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("token", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<TokenId, Refusal> {
        let token = unit.load::<Token>(self.id).await?;
        match token.details() {
            Some(issued) if issued.subject == Subject::User(self.user) => {}
            Some(_) | None => return Err(Refusal::not_found("token")),
        }
        unit.authorize(Action::RevokeOwnToken, Scope::Own(self.user)).await?;
        unit.decide::<Token>(self.id, None, token::Command::Revoke).await?;
        Ok(self.id)
    }
}

/// Issues the operator's token at the first start, or replaces it.
#[derive(Debug, Clone)]
pub struct RotateAdminToken {
    /// The operator's account.
    pub user: UserId,
    /// The token that stops counting.
    pub replaces: Option<TokenId>,
}

#[async_trait]
impl Command for RotateAdminToken {
    const NAME: &'static str = "token.rotate_admin";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = Token;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("user", self.user.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<TokenId, Refusal> {
        unit.authorize(Action::RotateAdminToken, Scope::Platform).await?;
        let issued = Issued {
            subject: Subject::User(self.user),
            purpose: Purpose::Admin,
            name: Name::Plain("admin token".to_owned()),
            organization: None,
            secret: None,
            expires_at: unit.now().plus_seconds(ADMIN_SECONDS),
        };
        let id = issue(unit, None, issued).await?;
        if let Some(old) = self.replaces {
            unit.decide::<Token>(old, None, token::Command::Revoke).await?;
        }
        Ok(id)
    }
}

async fn issue(unit: &mut Unit<'_>, owner: Option<OrganizationId>, issued: Issued) -> Result<TokenId, Refusal> {
    let id: TokenId = unit.new_id();
    unit.decide::<Token>(id, owner, token::Command::Issue(issued)).await?;
    Ok(id)
}
