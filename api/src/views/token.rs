//! Tokens, and what they are exchanged for.

use gpuaas_commands::Effects as _;
use gpuaas_domain::id::{OrganizationId, ServiceAccountId, TokenId};
use gpuaas_domain::token::{Name, Purpose, Token};
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::app::App;
use crate::http::Problem;
use crate::resource::Resource;

/// A token; never the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub struct TokenView {
    /// Its id.
    #[schema(value_type = vocabulary::TokenId)]
    pub id: TokenId,
    /// What its owner calls it; null if its owner was erased.
    pub name: Option<String>,
    /// What it is for.
    #[schema(value_type = vocabulary::TokenPurpose)]
    pub purpose: Purpose,
    /// The only organization that it reaches; null: all that its owner reaches.
    #[schema(value_type = Option<vocabulary::OrganizationId>)]
    pub organization_id: Option<OrganizationId>,
    /// Whether it was revoked.
    pub status: TokenStatus,
    /// Until when it counts.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// When it was issued.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Whether a token was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenStatus {
    /// It counts until it expires.
    Active,
    /// It counts no more.
    Revoked,
}

impl TokenStatus {
    /// Its word in the read models.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }
}

/// A new personal token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What its owner calls it, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub name: String,
    /// The only organization that it reaches; left out: all that its owner reaches.
    #[schema(value_type = Option<vocabulary::OrganizationId>)]
    pub organization_id: Option<OrganizationId>,
    /// For how many seconds it counts.
    #[schema(minimum = 60, maximum = 31_622_400, default = 7_776_000)]
    pub expires_in: Option<u64>,
}

/// A token that was just issued. It is told this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedToken {
    /// What is known of it from now on.
    pub token: TokenView,
    /// The token itself, not told again; null after a dry run.
    #[schema(format = Password)]
    pub bearer: Option<String>,
}

/// What a service account shows to get a token (RFC 6749, section 4.4, as JSON).
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientCredentials {
    /// The service account's id.
    #[schema(value_type = vocabulary::ServiceAccountId)]
    pub client_id: ServiceAccountId,
    /// One of its secrets.
    #[schema(format = Password, max_length = 200)]
    pub client_secret: String,
}

/// A short-lived token (RFC 6749, section 5.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessToken {
    /// The token; null after a dry run.
    #[schema(format = Password)]
    pub access_token: Option<String>,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// For how many seconds it counts.
    pub expires_in: u64,
}

impl TokenView {
    /// The view of a token, its sealed name opened.
    pub async fn open(app: &App, resource: Resource<Token>) -> Result<Self, Problem> {
        let (created_at, _) = resource.times();
        let (issued, status) = match resource.state {
            Token::Absent => return Err(Resource::<Token>::missing()),
            Token::Active(issued) => (issued, TokenStatus::Active),
            Token::Revoked(issued) => (issued, TokenStatus::Revoked),
        };
        let name = match issued.name {
            Name::Plain(name) => Some(name),
            Name::Sealed(sealed) => app.world.open(&sealed).await?,
        };
        Ok(Self {
            id: resource.id,
            name,
            purpose: issued.purpose,
            organization_id: issued.organization,
            status,
            expires_at: moment::print(issued.expires_at),
            created_at,
        })
    }
}
