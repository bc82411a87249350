//! Which node a request is of, and what it says: read strictly, and bounded.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use gpuaas_commands::{Actor, Context};
use gpuaas_domain::Code;
use serde::de::DeserializeOwned;

use crate::app::Shared;
use crate::certificates::Peer;
use crate::http::correlation::Correlation;
use crate::http::{Problem, body, json};

/// What a connection's certificate says; none where it has none, or not a node's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Connection(pub(super) Option<Peer>);

/// A node whose certificate counts now.
pub(super) struct Caller {
    /// Who.
    pub(super) peer: Peer,
    /// For commands of the node's own.
    pub(super) context: Context,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        let connection = parts.extensions.get::<Connection>();
        let peer = connection.and_then(|connection| connection.0);
        let peer = peer.ok_or_else(|| Problem::of(Code::NodeCertificateUnknown))?;
        let Peer { node, public_key, certificate } = peer;
        let actor = Actor::Node { node, public_key, certificate };
        let context = Context { actor, ..Context::system(trace(parts)?) };
        app.engine.authenticate(&context).await?;
        app.gateway.presence.heard(node, app.now());
        Ok(Self { peer, context })
    }
}

/// The body of a request, of at most so many bytes.
pub(super) struct Said<B, const MOST: usize>(pub(super) B);

impl<B: DeserializeOwned, const MOST: usize> FromRequest<Shared> for Said<B, MOST> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Shared) -> Result<Self, Problem> {
        let (parts, content) = request.into_parts();
        json::typed(body::read(&parts.headers, content, MOST).await?).map(Self)
    }
}

/// The trace of a request, for commands of nobody in particular.
pub(super) struct Trace(pub(super) [u8; 16]);

impl FromRequestParts<Shared> for Trace {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Self, Problem> {
        trace(parts).map(Self)
    }
}

fn trace(parts: &Parts) -> Result<[u8; 16], Problem> {
    let correlation = parts.extensions.get::<Correlation>();
    correlation.map(|correlation| correlation.trace).ok_or_else(|| Problem::internal("a request without a trace"))
}
