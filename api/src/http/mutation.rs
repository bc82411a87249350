//! A request that may change something, read whole before anything is done: who asks,
//! under which idempotency key, at which version, and what.

use axum::body::Body;
use axum::extract::{FromRequest, MatchedPath, Request};
use axum::http::request::Parts;
use gpuaas_commands::{Actor, Context, Idempotency};
use gpuaas_domain::Code;
use gpuaas_domain::id::OrganizationId;
use gpuaas_log::entry::Cause;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::correlation::Correlation;
use super::parameters::Raw;
use super::{Problem, body, header, json as strict, parameters};
use crate::app::{App, Shared};
use crate::auth::Caller;
use crate::openapi;

/// What a mutation is asked with: `P` in the path, `B` in the body.
pub struct Mutation<P, B> {
    /// Who, how and under which conditions.
    pub context: Context,
    /// The path's parameters.
    pub path: P,
    /// The body.
    pub body: B,
}

/// No parameters in the path.
#[derive(Debug, Deserialize)]
pub struct NoPath {}

/// No body.
#[derive(Debug, Deserialize)]
pub struct NoBody;

/// What every mutation takes in its query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Trial {
    dry_run: Option<bool>,
}

impl<P: DeserializeOwned + Send, B: DeserializeOwned + Send> FromRequest<Shared> for Mutation<P, B> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let trace = trace(&parts)?;
        let principal = match parts.extensions.get::<Caller>() {
            Some(Caller(caller)) => caller.clone()?,
            None => return Err(Problem::internal("a route was not wrapped in authentication")),
        };
        // Before anything is said about the request: a repeated one, too, needs a token that counts.
        let actor = Actor::Principal(principal);
        app.engine.authenticate(&Context { actor: actor.clone(), ..Context::system(trace) }).await?;
        read(parts, body, app, |_| actor).await
    }
}

/// Reads a mutation whose actor is told by its body.
pub async fn read<P: DeserializeOwned + Send, B: DeserializeOwned + Send>(
    mut parts: Parts,
    body: Body,
    app: &App,
    actor: impl FnOnce(&B) -> Actor + Send,
) -> Result<Mutation<P, B>, Problem> {
    let key = header::idempotency_key(&parts.headers)?;
    let if_match = header::if_match(&parts.headers)?;
    let trace = trace(&parts)?;
    let path = parameters::path(&mut parts).await?;
    let query = parameters::query(&parts)?;
    let Trial { dry_run } = parameters::typed(&query)?;
    let typed_path = parameters::typed(&path)?;
    let value = body::read(&parts.headers, body, app.body_limit).await?;
    let typed_body = strict::typed(value.clone())?;
    let idempotency = Idempotency {
        route: route(&parts)?,
        key,
        organization: organization(&path)?,
        request: canonical(&value, &path, &query)?,
    };
    let context = Context {
        actor: actor(&typed_body),
        trace,
        idempotency: Some(idempotency),
        if_match,
        dry_run: dry_run.unwrap_or(false),
        cause: Cause::None,
    };
    Ok(Mutation { context, path: typed_path, body: typed_body })
}

pub(super) fn trace(parts: &Parts) -> Result<[u8; 16], Problem> {
    let correlation = parts.extensions.get::<Correlation>();
    correlation.map(|correlation| correlation.trace).ok_or_else(|| Problem::internal("a request without a trace"))
}

/// Method and template, as the document has them.
fn route(parts: &Parts) -> Result<&'static str, Problem> {
    let template = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    openapi::route(&parts.method, template)
        .ok_or_else(|| Problem::internal(format_args!("{} {template} is not in the document", parts.method)))
}

/// The organization that the route names: its key hashes what is kept of the request.
fn organization(path: &Raw) -> Result<Option<OrganizationId>, Problem> {
    let id = path.get("org_id").map(|text| text.parse()).transpose();
    id.map_err(|error: gpuaas_domain::id::IdError| Problem::at(Code::InvalidParameter, "org_id", error.to_string()))
}

/// RFC 8785 text of the request, by which a repetition is told from another one.
fn canonical(body: &Value, path: &Raw, query: &Raw) -> Result<String, Problem> {
    let request = json!({"body": body, "path": path, "query": query});
    serde_jcs::to_string(&request).map_err(|error| Problem::new(Code::MalformedJson, error.to_string()))
}
