//! People's own tokens, for programs that act as them. An admin issues a person's first.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::token::{IssuePersonalToken, RevokeToken};
use gpuaas_commands::{Action, Answer, Context, Principal, Scope};
use gpuaas_domain::id::{TokenId, TypedId as _, UserId};
use gpuaas_domain::token::Token;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::me;
use super::path::{OwnTokenPath, UserPath, UserTokenPath};
use crate::app::{App, Shared};
use crate::http::answer::Changed;
use crate::http::mutation::{NoBody, NoPath};
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::token::{IssuedToken, NewToken, TokenStatus, TokenView};

/// For how many seconds a token counts if nobody says: 90 days.
const USUAL_SECONDS: u64 = 90 * 24 * 3600;

/// Which tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Tokens {
    /// Active or revoked ones; left out: both.
    status: Option<TokenStatus>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists one's own tokens; never the tokens themselves.
#[utoipa::path(get, path = "/api/v1/users/me/tokens", tag = "me", operation_id = "list_my_tokens", params(Tokens),
    responses((status = 200, description = "A page, the oldest first", body = Page<TokenView>)))]
pub async fn list_own(State(app): State<Shared>, read: Read<NoPath, Tokens>) -> Result<Json<Page<TokenView>>, Problem> {
    let me = me::person(read.principal)?;
    read.allow(&app, Action::ReadOwnTokens, Scope::Own(me)).await?;
    list_of(&app, me, read.query).await
}

/// Lists a person's tokens; never the tokens themselves.
#[utoipa::path(get, path = "/api/v1/users/{user_id}/tokens", tag = "users", operation_id = "list_user_tokens",
    params(UserPath, Tokens), responses((status = 200, description = "A page, the oldest first", body = Page<TokenView>)))]
pub async fn list(State(app): State<Shared>, read: Read<UserPath, Tokens>) -> Result<Json<Page<TokenView>>, Problem> {
    let user = read.path.user_id;
    read.allow(&app, Action::ReadOwnTokens, Scope::Own(user)).await?;
    list_of(&app, user, read.query).await
}

/// Issues a token for programs that act as oneself. It is told once.
#[utoipa::path(post, path = "/api/v1/users/me/tokens", tag = "me", operation_id = "issue_my_token",
    request_body = NewToken, responses((status = 201, description = "The new token", body = IssuedToken)))]
pub async fn issue_own(
    State(app): State<Shared>,
    mutation: Mutation<NoPath, NewToken>,
) -> Result<Changed<IssuedToken>, Problem> {
    let me = me::actor(&mutation.context)?;
    issue_to(&app, me, mutation.context, mutation.body).await
}

/// Issues a token to a person, who cannot get the first one alone. It is told once.
#[utoipa::path(post, path = "/api/v1/users/{user_id}/tokens", tag = "users", operation_id = "issue_user_token",
    params(UserPath), request_body = NewToken,
    responses((status = 201, description = "The new token", body = IssuedToken)))]
pub async fn issue(
    State(app): State<Shared>,
    mutation: Mutation<UserPath, NewToken>,
) -> Result<Changed<IssuedToken>, Problem> {
    issue_to(&app, mutation.path.user_id, mutation.context, mutation.body).await
}

/// Revokes one of one's own tokens: it stops counting at once.
#[utoipa::path(delete, path = "/api/v1/users/me/tokens/{token_id}", tag = "me", operation_id = "revoke_my_token",
    params(OwnTokenPath), responses((status = 200, description = "The revoked token", body = TokenView)))]
pub async fn revoke_own(
    State(app): State<Shared>,
    mutation: Mutation<OwnTokenPath, NoBody>,
) -> Result<Changed<TokenView>, Problem> {
    let me = me::actor(&mutation.context)?;
    revoke_of(&app, me, &mutation.context, mutation.path.token_id).await
}

/// Revokes one of a person's tokens: it stops counting at once.
#[utoipa::path(delete, path = "/api/v1/users/{user_id}/tokens/{token_id}", tag = "users",
    operation_id = "revoke_user_token", params(UserTokenPath),
    responses((status = 200, description = "The revoked token", body = TokenView)))]
pub async fn revoke(
    State(app): State<Shared>,
    mutation: Mutation<UserTokenPath, NoBody>,
) -> Result<Changed<TokenView>, Problem> {
    let UserTokenPath { user_id, token_id } = mutation.path;
    revoke_of(&app, user_id, &mutation.context, token_id).await
}

async fn list_of(app: &App, user: UserId, wanted: Tokens) -> Result<Json<Page<TokenView>>, Problem> {
    let Tokens { status, limit, cursor } = wanted;
    let statuses = status.map(|status| status.as_str().to_owned()).into_iter().collect();
    let filter = Filter { parent: Some(user.uuid()), statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Token>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let mut items = Vec::with_capacity(found.len());
    for token in found {
        items.push(TokenView::open(app, token).await?);
    }
    Ok(Json(Page { items, next_cursor }))
}

async fn issue_to(app: &App, user: UserId, context: Context, new: NewToken) -> Result<Changed<IssuedToken>, Problem> {
    let NewToken { name, organization_id: organization, expires_in } = new;
    let seconds = expires_in.unwrap_or(USUAL_SECONDS);
    let answer = app.engine.execute(&context, &IssuePersonalToken { user, name, organization, seconds }).await?;
    Ok(issued(app, &answer).await?.added(context.dry_run))
}

async fn revoke_of(app: &App, user: UserId, context: &Context, id: TokenId) -> Result<Changed<TokenView>, Problem> {
    let answer = app.engine.execute(context, &RevokeToken { user, id }).await?;
    let view = TokenView::open(app, Resource::of_answer(app, &answer).await?).await?;
    Ok(Changed::new(app, &answer, view))
}

/// The answer with a new token, which is signed here and kept nowhere.
pub(super) async fn issued(app: &App, answer: &Answer<Token>) -> Result<Changed<IssuedToken>, Problem> {
    let token = TokenView::open(app, Resource::of_answer(app, answer).await?).await?;
    let view = IssuedToken { token, bearer: sign(app, answer) };
    Ok(Changed::new(app, answer, view))
}

/// The token itself; none after a dry run.
pub(super) fn sign(app: &App, answer: &Answer<Token>) -> Option<String> {
    answer.positions.as_ref()?;
    let issued = answer.state.details()?;
    let principal = Principal { subject: issued.subject, token: answer.id };
    Some(app.tokens.sign(principal, app.now(), issued.expires_at))
}
