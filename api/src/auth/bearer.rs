//! The bearer token of a request (RFC 6750). Here its signature and expiry are read;
//! whether it still counts is asked of the log.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use gpuaas_commands::Principal;
use gpuaas_domain::Code;

use crate::app::Shared;
use crate::http::header::single;
use crate::http::{Problem, rate};

/// Who is asking, or why that cannot be told.
#[derive(Debug, Clone)]
pub struct Caller(pub Result<Principal, Problem>);

/// Reads the token, counts the request against its caller's limit, and leaves who asks
/// for the handlers. A route that needs nobody is not kept from one who shows no token.
pub async fn identify(State(app): State<Shared>, mut request: Request, next: Next) -> Response {
    let caller = token(request.headers()).and_then(|token| app.tokens.read(token));
    let counted = match &caller {
        Ok(principal) => rate::Caller::Token(principal.token),
        Err(_) => rate::Caller::Address(address(&request)),
    };
    if let Err(problem) = app.limiter.take(counted, Instant::now()) {
        return problem.into_response();
    }
    request.extensions_mut().insert(Caller(caller));
    next.run(request).await
}

fn token(headers: &HeaderMap) -> Result<&str, Problem> {
    let refuse = || Problem::of(Code::Unauthenticated);
    let credentials = single(headers, &header::AUTHORIZATION).map_err(|_| refuse())?.ok_or_else(refuse)?;
    let (scheme, token) = credentials.split_once(' ').ok_or_else(refuse)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(refuse()) }
}

fn address(request: &Request) -> IpAddr {
    request.extensions().get::<SocketAddr>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), SocketAddr::ip)
}
