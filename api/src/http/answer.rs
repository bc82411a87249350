//! Answers: a resource with its version, and where the log stands after a change.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gpuaas_commands::Answer;
use gpuaas_domain::Aggregate;
use serde::Serialize;

use crate::app::App;

/// Says that this is the answer to an earlier request with the same key.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// A resource that was read.
pub struct Found<V> {
    /// What is shown.
    pub view: V,
    /// The version of its stream.
    pub version: u64,
}

impl<V: Serialize> IntoResponse for Found<V> {
    fn into_response(self) -> Response {
        ([etag(self.version)], Json(self.view)).into_response()
    }
}

/// A resource that was changed, as of its append.
pub struct Changed<V> {
    status: StatusCode,
    view: V,
    version: u64,
    position: (HeaderName, HeaderValue),
    location: Option<String>,
    repeated: bool,
}

impl<V> Changed<V> {
    /// The answer to a command, shown by a view.
    pub fn new<A: Aggregate>(app: &App, answer: &Answer<A>, view: V) -> Self {
        // Without entries of its own, an answer must not take a client back behind what it
        // has been told before.
        let position = match &answer.positions {
            Some(positions) if !answer.repeated => *positions.end(),
            Some(_) | None => *app.engine.log().head().borrow(),
        };
        Self {
            status: StatusCode::OK,
            view,
            version: answer.version,
            position: app.positions.header(position),
            location: None,
            repeated: answer.repeated,
        }
    }

    /// A new resource, which is found at this path. A dry run makes none.
    #[must_use]
    pub fn created(self, dry_run: bool, location: String) -> Self {
        if dry_run { self } else { Self { status: StatusCode::CREATED, location: Some(location), ..self } }
    }

    /// What was asked takes its time: the resource is to be watched. A dry run asks nothing.
    #[must_use]
    pub fn under_way(self, dry_run: bool) -> Self {
        if dry_run { self } else { Self { status: StatusCode::ACCEPTED, ..self } }
    }
}

impl<V: Serialize> IntoResponse for Changed<V> {
    fn into_response(self) -> Response {
        let mut response = (self.status, [etag(self.version)], Json(self.view)).into_response();
        let headers = response.headers_mut();
        headers.insert(self.position.0, self.position.1);
        if let Some(location) = self.location.and_then(|path| HeaderValue::try_from(path).ok()) {
            headers.insert(header::LOCATION, location);
        }
        if self.repeated {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}

fn etag(version: u64) -> (HeaderName, HeaderValue) {
    (header::ETAG, HeaderValue::try_from(format!("\"{version}\"")).expect("digits in quotes"))
}
