//! A request that changes nothing: who asks, and what.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use gpuaas_commands::{Action, Actor, Context, Past, Principal, Refusal, Scope};
use gpuaas_domain::{Aggregate, AnyState, Code};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::parameters::Raw;
use super::{Problem, as_of, mutation, parameters};
use crate::app::{App, Shared};
use crate::auth::Caller;
use crate::resource::Resource;

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
    /// The position that the client asked for.
    pub position: Option<u64>,
}

/// What a read of a single resource is asked with. It may be about the past: then the
/// resource's own stream is folded up to it. Relations are ids, and today's rights count.
pub struct ReadOne<P, Q = NoQuery> {
    read: Read<P, Q>,
    as_of: Option<u64>,
}

/// No parameters in the query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoQuery {}

impl<P: DeserializeOwned + Send, Q: DeserializeOwned + Send> FromRequestParts<Shared> for Read<P, Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let context = caller(parts, app).await?;
        let query = parameters::query(parts)?;
        read(parts, app, context, &query).await
    }
}

impl<P: DeserializeOwned + Send, Q: DeserializeOwned + Send> FromRequestParts<Shared> for ReadOne<P, Q> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let context = caller(parts, app).await?;
        let mut query = parameters::query(parts)?;
        let as_of = query.remove(as_of::NAME);
        let read = read(parts, app, context, &query).await?;
        let as_of = match as_of {
            Some(text) => Some(as_of::position(app.engine.log(), app.now(), &text).await?),
            None => None,
        };
        Ok(Self { read, as_of })
    }
}

/// Who asks, with a token that counts.
async fn caller(parts: &Parts, app: &Shared) -> Result<(Principal, Context), Problem> {
    let principal = match parts.extensions.get::<Caller>() {
        Some(Caller(caller)) => caller.clone()?,
        None => return Err(Problem::internal("a route was not wrapped in authentication")),
    };
    let context = Context { actor: Actor::Principal(principal), ..Context::system(mutation::trace(parts)?) };
    app.engine.authenticate(&context).await?;
    Ok((principal, context))
}

async fn read<P: DeserializeOwned, Q: DeserializeOwned>(
    parts: &mut Parts,
    app: &Shared,
    (principal, context): (Principal, Context),
    query: &Raw,
) -> Result<Read<P, Q>, Problem> {
    let path = parameters::typed(&parameters::path(parts).await?)?;
    let query = parameters::typed(query)?;
    let position = app.positions.wanted(&parts.headers)?;
    if let Some(position) = position {
        app.reads.wait(position).await?;
    }
    Ok(Read { principal, context, path, query, position })
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

impl<P, Q> Deref for ReadOne<P, Q> {
    type Target = Read<P, Q>;

    fn deref(&self) -> &Read<P, Q> {
        &self.read
    }
}

impl<P, Q> ReadOne<P, Q> {
    /// Whether it is about the past. What belongs to other resources is not shown then: it
    /// would be today's.
    pub fn is_past(&self) -> bool {
        self.as_of.is_some()
    }

    /// The resource as it is or was, which must be there. What is authorized is all of its
    /// kind, or this one: where it may be somebody else's, ask [`Self::one_of`].
    pub async fn one<A>(&self, app: &App, id: A::Id) -> Result<Resource<A>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        self.one_of(app, id, |_| true).await
    }

    /// The resource as it is or was, which must be there, and by its state be where the path
    /// says: somebody else's is not told apart from one that never was.
    pub async fn one_of<A>(
        &self,
        app: &App,
        id: A::Id,
        is_here: impl FnOnce(&A) -> bool + Send,
    ) -> Result<Resource<A>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        self.find_of(app, id, is_here).await?.ok_or_else(Resource::<A>::missing)
    }

    /// The same as [`Self::one`], if there is one. That it came only later is refused.
    pub async fn find<A>(&self, app: &App, id: A::Id) -> Result<Option<Resource<A>>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        self.find_of(app, id, |_| true).await
    }

    async fn find_of<A>(
        &self,
        app: &App,
        id: A::Id,
        is_here: impl FnOnce(&A) -> bool + Send,
    ) -> Result<Option<Resource<A>>, Problem>
    where
        A: Aggregate + TryFrom<AnyState>,
    {
        let Some(as_of) = self.as_of else {
            return Ok(app.reads.find::<A>(id).await?.filter(|found| is_here(&found.state)));
        };
        Ok(match app.engine.past::<A>(id, as_of).await? {
            Past::There { version, created_at, updated_at, state } => {
                is_here(&state).then_some(Resource { id, version, created_at, updated_at, state })
            }
            // What it was at first says whose it is.
            Past::Later { position, first } if is_here(&first) => {
                return Err(too_early(A::KIND, as_of, position).into());
            }
            Past::Later { .. } | Past::Never => None,
        })
    }
}

fn too_early(kind: &str, as_of: u64, position: u64) -> Refusal {
    let kind = kind.replace('_', " ");
    let message = format!(
        "there was no such {kind} yet at position {as_of}: its first entry is at position {position}; ask for that one \
         or a later one"
    );
    Refusal::new(Code::NotFound, message)
}
