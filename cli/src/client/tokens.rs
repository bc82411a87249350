//! `gpuaas tokens`: one's own tokens.

use clap::Subcommand;
use gpuaas_sdk::{Client, Error, ListMyTokensQuery, ListUserTokensQuery, NewToken, Token, TokenStatus};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve, secret};
use crate::config::Seconds;
use crate::output::{self, Failure, Show, moment};

/// Your own tokens, for programs that act as you.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Issues a token, and tells it this once.
    Create {
        /// What you call it.
        name: String,
        /// The only organization that it reaches, by slug or id; by default all that you reach.
        #[arg(long)]
        org: Option<String>,
        /// For this person, by e-mail address or id; only platform admins do so.
        #[arg(long)]
        user: Option<String>,
        /// For how long it counts, for example 30d; by default 90d.
        #[arg(long, value_name = "DURATION")]
        expires_in: Option<Seconds>,
        #[command(flatten)]
        change: Change,
    },
    /// Lists your tokens; never the tokens themselves.
    List {
        /// Only those.
        #[arg(long, value_parser = words(TokenStatus::ALL, TokenStatus::as_str))]
        status: Option<TokenStatus>,
        /// Those of this person, by e-mail address or id; only platform admins do so.
        #[arg(long)]
        user: Option<String>,
    },
    /// Revokes a token: it stops counting at once.
    Revoke {
        /// The token's id.
        id: String,
        /// One of this person, by e-mail address or id; only platform admins do so.
        #[arg(long)]
        user: Option<String>,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        match self {
            Self::Create { name, org, user, expires_in, change } => {
                let organization_id = match org {
                    Some(org) => Some(resolve::organization(client, &org).await?),
                    None => None,
                };
                let body = NewToken { name, organization_id, expires_in: expires_in.map(|Seconds(seconds)| seconds) };
                let issued = match person(client, user).await? {
                    Some(user) => client.issue_user_token(&user, &body, &change.mutation()).await?.value,
                    None => client.issue_my_token(&body, &change.mutation()).await?.value,
                };
                let about = format!("token {} until {}", issued.token.id, moment(&issued.token.expires_at));
                secret::tell(session, &issued, issued.bearer.as_deref(), &about)
            }
            Self::List { status, user } => {
                let user = person(client, user).await?;
                let found = pages::all(async |cursor| page(client, user.as_deref(), status, cursor).await);
                output::list(*format, &found.await?)
            }
            Self::Revoke { id, user, change } => {
                let revoked = match person(client, user).await? {
                    Some(user) => client.revoke_user_token(&user, &id, &change.mutation()).await?,
                    None => client.revoke_my_token(&id, &change.mutation()).await?,
                };
                output::one(*format, &revoked.value)
            }
        }
    }
}

/// Somebody else, whose tokens are meant.
async fn person(client: &Client, user: Option<String>) -> Result<Option<String>, Failure> {
    match user {
        Some(user) => resolve::user(client, &user).await.map(Some),
        None => Ok(None),
    }
}

/// A page of tokens: somebody's, or one's own.
async fn page(
    client: &Client,
    user: Option<&str>,
    status: Option<TokenStatus>,
    cursor: Option<String>,
) -> Result<(Vec<Token>, Option<String>), Error> {
    let limit = pages::LIMIT;
    let page = match user {
        Some(user) => client.list_user_tokens(user, &ListUserTokensQuery { status, cursor, limit }).await?.value,
        None => client.list_my_tokens(&ListMyTokensQuery { status, cursor, limit }).await?.value,
    };
    Ok((page.items, page.next_cursor))
}

impl Show for Token {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "PURPOSE", "STATUS", "EXPIRES"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.name.clone().unwrap_or_else(|| "erased".to_owned()),
            self.purpose.to_string(),
            self.status.to_string(),
            moment(&self.expires_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let reaches = self.organization_id.clone().unwrap_or_else(|| "all organizations of its owner".to_owned());
        vec![("reaches", reaches), ("created", moment(&self.created_at))]
    }
}
