//! A request that changes nothing: who asks, and what.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use gpuaas_commands::{Action, Actor, Context, Principal, Scope};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Problem, mutation, parameters};
use crate::app::Shared;
use crate::auth::Caller;

/// What a read is asked with: `P` in the path, `Q` in the query. The read models have
/// caught up with the position that the client asked for.
pub struct Read<P, Q = NoQuery> {
    /// Who.
    pub principal: Principal,
    /// Who, for the access rules.
    pub context: Context,
    /// The path's parameters.
    pub path: P,
    /// The query's parameters.
    pub query: Q,
}

/// No parameters in the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

impl<P: DeserializeOwned + Send, Q: DeserializeOwned + Send> FromRequestParts<Shared> for Read<P, Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let principal = match parts.extensions.get::<Caller>() {
            Some(Caller(caller)) => caller.clone()?,
            None => return Err(Problem::internal("a route was not wrapped in authentication")),
        };
        let context = Context { actor: Actor::Principal(principal), ..Context::system(mutation::trace(parts)?) };
        app.engine.authenticate(&context).await?;
        let path = parameters::typed(&parameters::path(parts).await?)?;
        let query = parameters::typed(&parameters::query(parts)?)?;
        if let Some(position) = app.positions.wanted(&parts.headers)? {
            app.reads.wait(position).await?;
        }
        Ok(Self { principal, context, path, query })
    }
}

impl<P, Q> Read<P, Q> {
    /// Succeeds if whoever asks may do this here.
    pub async fn allow(&self, app: &Shared, action: Action, scope: Scope) -> Result<(), Problem> {
        app.engine.authorize_read(&self.context, action, scope).await?;
        Ok(())
    }

    /// Whether whoever asks may do this here.
    pub async fn may(&self, app: &Shared, action: Action, scope: Scope) -> bool {
        app.engine.authorize_read(&self.context, action, scope).await.is_ok()
    }
}
