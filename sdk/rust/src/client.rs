//! What every operation shares.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONNECTION, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_MATCH, RETRY_AFTER, UPGRADE,
};
use reqwest::{Method, Request, RequestBuilder, Response, StatusCode, Upgraded};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::events::Events;
use crate::generated::{DryRun, ErrorBody, ErrorEnvelope};
use crate::position::Position;

/// The header that carries a place in the log, so that one reads one's own writes.
const LOG_POSITION: &str = "x-log-position";
/// The header that makes a repetition harmless.
const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// What the answer to a dry run is.
const DRY_RUN: &str = "application/vnd.gpuaas.dry-run+json";
/// How often a request is repeated when the server says that it may help.
const RETRIES: u32 = 5;
/// Longest wait before a repetition.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for a whole answer.
const ANSWER: Duration = Duration::from_secs(60);

/// An answer with what came in its headers.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The body.
    pub value: T,
    /// The resource's version, for `If-Match`.
    pub version: Option<u64>,
    /// Where in the log the answer stands; opaque.
    pub position: Option<String>,
}

/// How a mutation is to be made.
#[derive(Debug, Clone, Default)]
pub struct Mutation {
    /// Only if the resource has this version.
    pub if_match: Option<u64>,
    /// The key under which it may be repeated; a random one if none is given.
    pub idempotency_key: Option<String>,
    /// Decide, but change nothing.
    pub dry_run: bool,
}

/// The query of a read.
#[derive(Debug)]
pub(crate) struct Query<'q, Q>(Option<&'q Q>);

impl<'q, Q> Query<'q, Q> {
    /// A query with parameters.
    pub(crate) fn some(parameters: &'q Q) -> Self {
        Self(Some(parameters))
    }

    /// A query without.
    pub(crate) fn none() -> Self {
        Self(None)
    }
}

/// A client of one server. Clones share what they have seen, so that each reads the
/// others' writes.
#[derive(Debug, Clone)]
pub struct Client {
    base: Arc<str>,
    token: Option<HeaderValue>,
    http: reqwest::Client,
    position: Position,
    as_of: Option<Arc<str>>,
    asked_for_past: Arc<AtomicBool>,
}

impl Client {
    /// A client of the server at `base` (`http://127.0.0.1:7070`), with a bearer token. Fails
    /// if the token cannot stand in a header.
    pub fn new(base: &str, token: Option<&str>) -> Result<Self, Error> {
        let base: Arc<str> = base.trim_end_matches('/').into();
        let foreign = |reason: String| Error::Foreign { base: base.to_string(), reason };
        let token = token
            .map(|token| HeaderValue::from_str(&format!("Bearer {}", token.trim())))
            .transpose()
            .map_err(|_| Error::Token)?;
        let http =
            reqwest::Client::builder().connect_timeout(CONNECT).build().map_err(|error| foreign(error.to_string()))?;
        let (position, asked_for_past) = (Position::default(), Arc::default());
        Ok(Self { base, token, http, position, as_of: None, asked_for_past })
    }

    /// Asks for single resources as they were: at a position of the log, or at a time (RFC 3339).
    /// Lists are as they are, and nothing can be changed.
    #[must_use]
    pub fn as_of(self, moment: Option<&str>) -> Self {
        Self { as_of: moment.map(Into::into), ..self }
    }

    /// Whether this client, or a clone, has asked for anything as it was.
    #[must_use]
    pub fn has_asked_for_past(&self) -> bool {
        self.asked_for_past.load(Ordering::Relaxed)
    }

    /// The server's address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Where in the log this client stands: what it reads is no older. `None` before its
    /// first change.
    #[must_use]
    pub fn position(&self) -> Option<String> {
        self.position.header().and_then(|position| position.to_str().ok().map(str::to_owned))
    }

    /// Goes on where another client of the same server stood.
    pub fn stand_at(&self, position: &str) {
        self.position.set(position);
    }

    /// Reads.
    pub(crate) async fn read<T: DeserializeOwned, Q: Serialize>(
        &self,
        path: String,
        query: Query<'_, Q>,
    ) -> Result<Answer<T>, Error> {
        self.retry(|| {
            let request = self.request(Method::GET, &path);
            match query.0 {
                Some(parameters) => request.query(parameters),
                None => request,
            }
        })
        .await
    }

    /// Reads a single resource, as it was where the client asks for the past.
    pub(crate) async fn read_one<T: DeserializeOwned, Q: Serialize>(
        &self,
        path: String,
        query: Query<'_, Q>,
    ) -> Result<Answer<T>, Error> {
        let Some(as_of) = self.as_of.as_deref() else { return self.read(path, query).await };
        self.asked_for_past.store(true, Ordering::Relaxed);
        self.retry(|| {
            let request = self.request(Method::GET, &path).query(&[("as_of", as_of)]);
            match query.0 {
                Some(parameters) => request.query(parameters),
                None => request,
            }
        })
        .await
    }

    /// Changes. The same key goes with every repetition, so nothing happens twice.
    pub(crate) async fn mutate<T: DeserializeOwned, B: Serialize>(
        &self,
        method: Method,
        path: String,
        body: Option<&B>,
        mutation: &Mutation,
    ) -> Result<Answer<T>, Error> {
        if self.as_of.is_some() {
            return Err(Error::Past);
        }
        let key = mutation.idempotency_key.clone().unwrap_or_else(random_key);
        self.retry(|| {
            let mut request = self.request(method.clone(), &path).header(IDEMPOTENCY_KEY, &key);
            if let Some(version) = mutation.if_match {
                request = request.header(IF_MATCH, format!("\"{version}\""));
            }
            if mutation.dry_run {
                request = request.query(&[("dry_run", "true")]);
            }
            match body {
                Some(body) => request.json(body),
                None => request,
            }
        })
        .await
    }

    /// Follows a stream of events.
    pub(crate) fn events<Q: Serialize>(&self, path: String, query: Query<'_, Q>) -> Events {
        let request = self.request(Method::GET, &path);
        let request = match query.0 {
            Some(parameters) => request.query(parameters),
            None => request,
        };
        Events::new(self.clone(), request.build().map_err(|error| error.to_string()))
    }

    /// Opens one connection of a stream.
    pub(crate) async fn open_stream(&self, request: Request) -> Result<Response, Error> {
        let response = self.http.execute(request).await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        Err(self.refused(status, &text))
    }

    /// Opens an answer that is too large to be waited for.
    pub(crate) async fn open(
        &self,
        path: &str,
        asked: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, Error> {
        let mut attempt = 0;
        loop {
            let response = tokio::time::timeout(ANSWER, asked(self.request(Method::GET, path)).send()).await;
            let response = response.map_err(|_| self.silent(ANSWER))?.map_err(|error| self.unreachable(&error))?;
            let (status, wait) = (response.status(), wait_before_retry(&response, attempt));
            if status.is_success() {
                return Ok(response);
            }
            let text = response.text().await.map_err(|error| self.unreachable(&error))?;
            match (self.refused(status, &text), wait) {
                (Error::Refused { problem, .. }, Some(wait)) if problem.retryable && attempt < RETRIES => {
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                // The server has another log now: where this client stood in the old one does not count.
                (Error::Refused { problem, .. }, _) if is_about_position(&problem) && self.position.forget() => {}
                (error, _) => return Err(error),
            }
        }
    }

    /// Switches a connection to another protocol.
    pub(crate) async fn upgrade(&self, path: &str, protocol: &'static str) -> Result<Upgraded, Error> {
        let request = self.request(Method::GET, path).header(CONNECTION, "upgrade").header(UPGRADE, protocol);
        let response = tokio::time::timeout(ANSWER, request.send()).await;
        let response = response.map_err(|_| self.silent(ANSWER))?.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return response.upgrade().await.map_err(|error| self.unreachable(&error));
        }
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        Err(self.refused(status, &text))
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.token {
            headers.insert(AUTHORIZATION, token.clone());
        }
        if let Some(position) = self.position.header() {
            headers.insert(LOG_POSITION, position);
        }
        self.http.request(method, format!("{}{path}", self.base)).headers(headers)
    }

    async fn retry<T: DeserializeOwned>(&self, request: impl Fn() -> RequestBuilder) -> Result<Answer<T>, Error> {
        let mut attempt = 0;
        loop {
            let response = request().timeout(ANSWER).send().await.map_err(|error| self.unreachable(&error))?;
            let wait = wait_before_retry(&response, attempt);
            match (self.answer(response).await, wait) {
                (Err(Error::Refused { problem, .. }), Some(wait)) if problem.retryable && attempt < RETRIES => {
                    tokio::time::sleep(wait).await;
                    attempt += 1;
                }
                // The server has another log now: nothing of what was read or written counts.
                (Err(Error::Refused { problem, .. }), _) if is_about_position(&problem) && self.position.forget() => {}
                (result, _) => return result,
            }
        }
    }

    async fn answer<T: DeserializeOwned>(&self, response: Response) -> Result<Answer<T>, Error> {
        let status = response.status();
        let headers = response.headers().clone();
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        if !status.is_success() {
            return Err(self.refused(status, &text));
        }
        if let Some(position) = headers.get(LOG_POSITION) {
            self.position.advance(position);
        }
        if headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == DRY_RUN.as_bytes()) {
            let tried: DryRun = serde_json::from_str(&text).map_err(|error| self.foreign(error.to_string()))?;
            return Err(Error::DryRun(Box::new(tried)));
        }
        let value = if text.is_empty() { serde_json::from_str("null") } else { serde_json::from_str(&text) };
        let value = value.map_err(|error| self.foreign(error.to_string()))?;
        let text_of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let version = text_of(ETAG.as_str()).and_then(|tag| tag.trim_matches('"').parse().ok());
        Ok(Answer { value, version, position: text_of(LOG_POSITION) })
    }

    fn refused(&self, status: StatusCode, text: &str) -> Error {
        match serde_json::from_str::<ErrorEnvelope>(text) {
            Ok(ErrorEnvelope { error: problem }) => Error::Refused { status: status.as_u16(), problem },
            Err(_) => self.foreign(format!("status {status} without an error envelope")),
        }
    }

    pub(crate) fn silent(&self, longest: Duration) -> Error {
        Error::Unreachable { base: self.base.to_string(), reason: format!("no answer within {longest:?}") }
    }

    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> Error {
        // What the system says is the innermost; the others only say who was told.
        let mut innermost: &dyn std::error::Error = error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        Error::Unreachable { base: self.base.to_string(), reason: innermost.to_string() }
    }

    pub(crate) fn foreign(&self, reason: String) -> Error {
        Error::Foreign { base: self.base.to_string(), reason }
    }
}

fn is_about_position(problem: &ErrorBody) -> bool {
    problem.fields.iter().any(|field| field.field.eq_ignore_ascii_case(LOG_POSITION))
}

/// What the server asks for, or a little longer with each attempt.
fn wait_before_retry(response: &Response, attempt: u32) -> Option<Duration> {
    if !matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        return None;
    }
    let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let wait = asked.map_or_else(|| Duration::from_millis(100 << attempt), Duration::from_secs);
    Some(wait.min(LONGEST_WAIT))
}

fn random_key() -> String {
    let bytes: [u8; 16] = rand::random();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text as one segment of a path: what it could break out with is escaped.
pub(crate) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        // RFC 3986, section 2.3, without the dot, which means something when it stands alone.
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn a_segment_cannot_break_out_of_its_path() {
        assert_eq!(segment("proj_01h2e8kqvbfwea724h75qc655w"), "proj_01h2e8kqvbfwea724h75qc655w");
        assert_eq!(segment("../a?b=c#d"), "%2E%2E%2Fa%3Fb%3Dc%23d");
        assert_eq!(segment("ä"), "%C3%A4");
    }
}
