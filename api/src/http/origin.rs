//! Keeps browsers' foreign pages out. A page of another site can make a browser send
//! requests to loopback, and by DNS rebinding even read the answers: so the `Host` must
//! be one of ours, and an `Origin` must be the same as it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use gpuaas_domain::Code;

use super::problem::Problem;

/// The names that this server answers to.
#[derive(Debug, Clone)]
pub struct Hosts {
    /// `None`: any, since the operator named none and the server is not on loopback.
    names: Option<Vec<String>>,
}

impl Hosts {
    /// The names of a server on this address, and those that the operator gave.
    #[must_use]
    pub fn new(listen: SocketAddr, given: &[String]) -> Self {
        let given = given.iter().map(|name| name.to_ascii_lowercase());
        if listen.ip().is_loopback() {
            let loopback = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
            let own = SocketAddr::new(listen.ip(), 0).to_string().trim_end_matches(":0").to_owned();
            return Self { names: Some(loopback.into_iter().chain([own]).chain(given).collect()) };
        }
        let names: Vec<String> = given.collect();
        Self { names: (!names.is_empty()).then_some(names) }
    }

    fn check(&self, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
        let refuse = || Problem::of(Code::ForeignOrigin);
        // HTTP/2 has the host in the URI.
        let host = uri.authority().map(|authority| authority.as_str());
        let host = host.or_else(|| headers.get(header::HOST)?.to_str().ok()).ok_or_else(refuse)?.to_ascii_lowercase();
        if let Some(names) = &self.names
            && !names.iter().any(|name| name == name_of(&host))
        {
            return Err(refuse());
        }
        let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
        let origin = origin.to_str().map_err(|_| refuse())?.to_ascii_lowercase();
        let same = origin
            .split_once("://")
            .is_some_and(|(scheme, authority)| matches!(scheme, "http" | "https") && authority == host);
        if same { Ok(()) } else { Err(refuse()) }
    }
}

/// The host without its port.
fn name_of(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => authority,
    }
}

/// Refuses foreign requests.
pub async fn check(State(hosts): State<Arc<Hosts>>, request: Request, next: Next) -> Response {
    match hosts.check(request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn check(listen: &str, given: &[&str], host: &'static str, origin: Option<&'static str>) -> bool {
        let given: Vec<String> = given.iter().map(|name| (*name).to_owned()).collect();
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))]);
        headers.extend(origin.map(|origin| (header::ORIGIN, HeaderValue::from_static(origin))));
        Hosts::new(listen.parse().unwrap(), &given).check(&headers, &Uri::from_static("/")).is_ok()
    }

    #[test]
    fn loopback_answers_to_its_own_names_only() {
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LOCALHOST", "127.0.0.1"] {
            assert!(check("127.0.0.1:8080", &[], host, None), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8080", ""] {
            assert!(!check("127.0.0.1:8080", &[], host, None), "{host}");
        }
        assert!(check("127.0.0.1:8080", &["gpu.lan"], "gpu.lan:8080", None));
    }

    #[test]
    fn a_page_of_another_origin_is_refused() {
        let listen = "127.0.0.1:8080";
        assert!(check(listen, &[], "127.0.0.1:8080", Some("http://127.0.0.1:8080")));
        for origin in ["http://evil.example", "null", "http://127.0.0.1:9090", "file://127.0.0.1:8080"] {
            assert!(!check(listen, &[], "127.0.0.1:8080", Some(origin)), "{origin}");
        }
    }

    #[test]
    fn elsewhere_the_operator_says_the_names() {
        assert!(check("0.0.0.0:8080", &[], "any.example", None));
        assert!(check("0.0.0.0:8080", &["api.example"], "api.example", Some("https://api.example")));
        assert!(!check("0.0.0.0:8080", &["api.example"], "other.example", None));
    }
}
