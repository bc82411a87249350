//! The client that everything outgoing goes through.

use std::net::SocketAddr;
use std::time::Duration;

use gpuaas_domain::node_protocol::credential::Credential;
use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use rustls::crypto::{CryptoProvider, ring};

use super::address::is_public;

/// Longest time to a connection, and to a whole answer.
const TIMES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(20));

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutgoingError {
    /// It would be a neighbour that is asked.
    #[error("its address is a private one")]
    Private,
    /// It was asked, and answered with this status.
    #[error("it answers {0}")]
    Status(StatusCode),
    /// It wants to know who asks, and says how to say it.
    #[error("it answers {}", StatusCode::UNAUTHORIZED)]
    Challenged(Option<String>),
    /// It answers with more than is read.
    #[error("it answers with more than {0} bytes")]
    TooLarge(usize),
    /// It cannot be reached.
    #[error("{0}")]
    Unreachable(String),
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    /// What it says it is.
    pub(super) content_type: Option<String>,
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
}

/// Who asks. It is said to the address that was checked, and no further: no redirect is followed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asker<'a> {
    /// Nobody in particular.
    Anybody,
    /// Somebody with a name and a secret.
    Named(&'a Credential),
    /// Whoever has this token.
    Bearer(&'a str),
}

/// Gets what a URL names. Its host is resolved once, checked, and connected to as resolved.
pub(super) async fn get(
    url: &str,
    accept: &str,
    asker: Asker<'_>,
    private: bool,
    most: usize,
) -> Result<Answer, OutgoingError> {
    let url: Url = url.parse().map_err(unreachable)?;
    let request = pinned(&url, private).await?.get(url).header(header::ACCEPT, accept);
    let request = match asker {
        Asker::Anybody => request,
        Asker::Named(login) => request.basic_auth(login.username.as_deref().unwrap_or_default(), Some(&*login.secret)),
        Asker::Bearer(token) => request.bearer_auth(token),
    };
    let sent = request.send().await.map_err(unreachable)?;
    let text = |name| sent.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    match sent.status() {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => return Err(OutgoingError::Challenged(text(header::WWW_AUTHENTICATE))),
        other => return Err(OutgoingError::Status(other)),
    }
    let content_type = text(header::CONTENT_TYPE);
    Ok(Answer { content_type, bytes: read(sent, most).await? })
}

/// Posts a text to what a URL names, under the same rules. Whatever status the answer has,
/// it is an answer.
pub(super) async fn post(
    url: &str,
    content_type: &str,
    body: String,
    private: bool,
    most: usize,
) -> Result<(StatusCode, Answer), OutgoingError> {
    let url: Url = url.parse().map_err(unreachable)?;
    let request = pinned(&url, private).await?.post(url).header(header::CONTENT_TYPE, content_type).body(body);
    let sent = request.send().await.map_err(unreachable)?;
    let (status, content_type) = (sent.status(), sent.headers().get(header::CONTENT_TYPE));
    let content_type = content_type.and_then(|value| value.to_str().ok()).map(str::to_owned);
    Ok((status, Answer { content_type, bytes: read(sent, most).await? }))
}

/// What a place answered to what was sent to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivered {
    /// Its status, whatever it is.
    pub(crate) status: StatusCode,
    /// When it wants to be asked again, if it says so in seconds.
    pub(crate) retry_after: Option<Duration>,
}

/// Sends a body to a URL, whose host is resolved, checked and connected to as [`get`] does.
/// Nothing of the answer is read but its head.
pub(super) async fn deliver(
    url: &Url,
    headers: HeaderMap,
    body: String,
    private: bool,
    patience: Duration,
) -> Result<Delivered, OutgoingError> {
    let sent = async {
        let request = pinned(url, private).await?.post(url.clone()).headers(headers).body(body);
        request.send().await.map_err(|error| unreachable(error.without_url()))
    };
    let late = |_| OutgoingError::Unreachable("it does not answer in time".to_owned());
    let answer = tokio::time::timeout(patience, sent).await.map_err(late)??;
    let seconds = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok(Delivered { status: answer.status(), retry_after: seconds.map(Duration::from_secs) })
}

/// A client that connects to the address that was checked.
async fn pinned(url: &Url, private: bool) -> Result<Client, OutgoingError> {
    let host = url.host_str().ok_or_else(|| unreachable("the address has no host"))?;
    let allowed = resolve(url, private).await?;
    if CryptoProvider::get_default().is_none() {
        // Lost to another thread at worst, which installs the same one.
        drop(ring::default_provider().install_default());
    }
    let client = Client::builder().resolve_to_addrs(host, &allowed).redirect(redirect::Policy::none()).no_proxy();
    client.connect_timeout(TIMES.0).timeout(TIMES.1).build().map_err(unreachable)
}

/// The addresses of a URL's host that may be connected to.
pub(super) async fn resolve(url: &Url, private: bool) -> Result<Vec<SocketAddr>, OutgoingError> {
    let host = url.host_str().ok_or_else(|| unreachable("the address has no host"))?;
    let port = url.port_or_known_default().ok_or_else(|| unreachable("the address has no port"))?;
    // Brackets are how a URL writes an IPv6 address; it resolves without them.
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = tokio::net::lookup_host((name, port)).await.map_err(unreachable)?.collect();
    let allowed: Vec<SocketAddr> = found.iter().copied().filter(|at| private || is_public(at.ip())).collect();
    match (found.is_empty(), allowed.is_empty()) {
        (true, _) => Err(unreachable("the name has no address")),
        (false, true) => Err(OutgoingError::Private),
        (false, false) => Ok(allowed),
    }
}

async fn read(mut response: Response, most: usize) -> Result<Vec<u8>, OutgoingError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if bytes.len() + chunk.len() > most {
            return Err(OutgoingError::TooLarge(most));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn unreachable(error: impl ToString) -> OutgoingError {
    OutgoingError::Unreachable(error.to_string())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get as route;

    use super::*;

    /// A server on loopback, and its address.
    async fn serve() -> String {
        let elsewhere = route(|| async { Redirect::temporary("/plain") });
        let router = Router::new().route("/plain", route(|| async { "plain" })).route("/elsewhere", elsewhere);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_neighbour_is_asked_only_where_it_is_listed() {
        let server = serve().await;
        let refused = get(&format!("{server}/plain"), "*/*", Asker::Anybody, false, 100).await;
        assert!(matches!(refused, Err(OutgoingError::Private)), "{refused:?}");
        let port = server.rsplit(':').next().unwrap();
        let by_name = get(&format!("http://localhost:{port}/plain"), "*/*", Asker::Anybody, false, 100).await;
        assert!(matches!(by_name, Err(OutgoingError::Private)), "{by_name:?}");
        assert_eq!(get(&format!("{server}/plain"), "*/*", Asker::Anybody, true, 100).await.unwrap().bytes, b"plain");
    }

    #[tokio::test]
    async fn no_redirect_is_followed_and_no_more_is_read_than_wanted() {
        let server = serve().await;
        let redirected = get(&format!("{server}/elsewhere"), "*/*", Asker::Anybody, true, 100).await;
        assert!(matches!(redirected, Err(OutgoingError::Status(StatusCode::TEMPORARY_REDIRECT))), "{redirected:?}");
        let long = get(&format!("{server}/plain"), "*/*", Asker::Anybody, true, 4).await;
        assert!(matches!(long, Err(OutgoingError::TooLarge(4))), "{long:?}");
    }
}
