//! The operator's account and token: made at a platform's first start, told to the
//! operator in a file, and rotated.

use std::collections::BTreeSet;
use std::path::Path;

use gpuaas_commands::handlers::token::RotateAdminToken;
use gpuaas_commands::handlers::user::CreateUser;
use gpuaas_commands::{Actor, Context, Effects as _, Engine, Idempotency, Principal, Refusal};
use gpuaas_domain::Code;
use gpuaas_domain::id::{TokenId, TypedId as _, UserId};
use gpuaas_domain::token::{Purpose, Subject, Token};
use gpuaas_domain::user::{EMAIL_CLAIM, PlatformRole, User};
use gpuaas_projections::queries::Filter;

use crate::app::App;
use crate::http::Problem;
use crate::keystore::{Tokens, World, now, write_private};

/// The address under which the operator's account is found; `.invalid` is nobody's (RFC 2606).
const EMAIL: &str = "admin@gpuaas.invalid";
/// Route and key under which a log's first admin token is issued: only once, however
/// many servers start on it.
const FIRST_ROUTE: &str = "first start";
const FIRST_KEY: &str = "admin token";

/// Whether a server that finds no token in its data directory gets one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Whoever has the data directory is the operator: the embedded start.
    Issue,
    /// Only the log's first server gets one; the others are given theirs.
    OnlyFirst,
}

/// Makes the operator's account, and writes a token where there is none that counts.
pub async fn ensure(
    engine: &Engine,
    world: &World,
    tokens: &Tokens,
    file: &Path,
    missing: Missing,
) -> Result<(), Refusal> {
    if counts(engine, tokens, file).await? {
        return Ok(());
    }
    let user = account(engine, world).await?;
    let rotation = RotateAdminToken { user, replaces: None };
    let context = Context::system(rand::random::<u128>().max(1).to_be_bytes());
    let first = Context { idempotency: Some(first_token()), ..context.clone() };
    let answer = match (engine.execute(&first, &rotation).await, missing) {
        (Err(refusal), Missing::Issue) if refusal.code == Code::SecretAlreadyDelivered => {
            engine.execute(&context, &rotation).await?
        }
        (Err(refusal), Missing::OnlyFirst) if refusal.code == Code::SecretAlreadyDelivered => {
            tracing::info!("the first server on this log holds the admin token");
            return Ok(());
        }
        (other, _) => other?,
    };
    if let Some(issued) = answer.state.details() {
        let principal = Principal { subject: issued.subject, token: answer.id };
        keep(file, tokens.sign(principal, now(), issued.expires_at)).await;
    }
    Ok(())
}

/// The command that replaces the operator's token in force.
pub async fn rotation(app: &App) -> Result<RotateAdminToken, Problem> {
    let user = account(&app.engine, &app.world).await?;
    // A token that the read models do not show yet would go on counting.
    let head = *app.engine.log().head().borrow();
    app.reads.wait(head).await?;
    let statuses = BTreeSet::from(["active".to_owned()]);
    let filter = Filter { parent: Some(user.uuid()), statuses, ..Filter::default() };
    let active = app.reads.all::<Token>(&filter).await?;
    let is_admin = |token: &Token| token.details().is_some_and(|issued| issued.purpose == Purpose::Admin);
    let replaces = active.into_iter().rfind(|token| is_admin(&token.state)).map(|token| token.id);
    Ok(RotateAdminToken { user, replaces })
}

/// Writes the token where the operator looks for it.
pub async fn keep(file: &Path, token: String) {
    let path = file.to_owned();
    let written = tokio::task::spawn_blocking(move || write_private(&path, &(token + "\n"))).await;
    match written {
        Ok(Ok(())) => tracing::info!(file = %file.display(), "the admin token is in this file"),
        Ok(Err(error)) => tracing::error!(file = %file.display(), %error, "the admin token could not be written"),
        Err(error) => tracing::error!(%error, "the admin token could not be written"),
    }
}

async fn counts(engine: &Engine, tokens: &Tokens, file: &Path) -> Result<bool, Refusal> {
    let Ok(text) = tokio::fs::read_to_string(file).await else { return Ok(false) };
    let Ok(principal) = tokens.read(text.trim()) else { return Ok(false) };
    let active = matches!(engine.state::<Token>(principal.token).await?.0, Token::Active(_));
    Ok(active && !is_erased(engine, principal.subject).await?)
}

async fn is_erased(engine: &Engine, subject: Subject) -> Result<bool, Refusal> {
    match subject {
        Subject::User(user) => Ok(engine.state::<User>(user).await?.0 == User::Erased),
        Subject::ServiceAccount(_) => Ok(false),
    }
}

fn first_token() -> Idempotency {
    Idempotency { route: FIRST_ROUTE, key: FIRST_KEY.to_owned(), organization: None, request: String::new() }
}

/// The operator's account, made if it is not there. Its owner may have changed the
/// address since: so whom the first admin token speaks for counts first, unless that
/// person was erased.
async fn account(engine: &Engine, world: &World) -> Result<UserId, Refusal> {
    if let Some(user) = first_subject(engine, world).await?
        && !is_erased(engine, Subject::User(user)).await?
    {
        return Ok(user);
    }
    let create = CreateUser {
        display_name: "admin".to_owned(),
        email: EMAIL.to_owned(),
        platform_roles: BTreeSet::from([PlatformRole::Admin]),
    };
    let context = Context::system(rand::random::<u128>().max(1).to_be_bytes());
    match engine.execute(&context, &create).await {
        Ok(answer) => Ok(answer.id),
        // It was made, by another server or before a crash, and has no token yet.
        Err(refusal) if refusal.code == Code::NameTaken => holder(engine, world).await?.ok_or(refusal),
        Err(refusal) => Err(refusal),
    }
}

async fn first_subject(engine: &Engine, world: &World) -> Result<Option<UserId>, Refusal> {
    let (kind, id) = Actor::System.identity();
    let hash = world.digest_key(None).await?.idempotency(kind, id, FIRST_ROUTE, FIRST_KEY);
    let log = engine.log();
    let Some(found) = log.by_idempotency(hash).await.map_err(Refusal::internal)? else { return Ok(None) };
    let stored = log.entry(*found.positions.start()).await.map_err(Refusal::internal)?;
    let Some(stored) = stored else { return Ok(None) };
    let token = TokenId::from_uuid(stored.entry().map_err(Refusal::internal)?.stream.id);
    let (token, _) = engine.state::<Token>(token).await?;
    Ok(token.details().and_then(|issued| match issued.subject {
        Subject::User(user) => Some(user),
        Subject::ServiceAccount(_) => None,
    }))
}

async fn holder(engine: &Engine, world: &World) -> Result<Option<UserId>, Refusal> {
    let name = world.claim_key().claim(None, EMAIL_CLAIM, EMAIL);
    let holder = engine.log().claim_holder(EMAIL_CLAIM.into(), name).await.map_err(Refusal::internal)?;
    Ok(holder.map(|stream| UserId::from_uuid(stream.id)))
}
