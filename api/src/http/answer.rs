//! Answers: a resource with its version, and where the log stands after a change.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gpuaas_commands::{Answer, KeyChange};
use gpuaas_domain::Aggregate;
use serde::Serialize;

use super::Problem;
use crate::app::App;
use crate::views::dry_run::DryRun;

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

/// A resource that was changed, as of its append. A dry run is answered with what would
/// have happened instead.
pub struct Changed<V> {
    status: StatusCode,
    view: V,
    version: u64,
    position: (HeaderName, HeaderValue),
    location: Option<String>,
    repeated: bool,
    tried: Option<Result<DryRun, Problem>>,
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
            tried: answer.trial.as_deref().map(DryRun::of),
        }
    }

    /// What the log says of itself after a change, which is this entry; none after a dry run.
    pub fn of_log(app: &App, change: KeyChange, version: u64, view: V) -> Self {
        let own = change.position.filter(|_| !change.repeated);
        let position = own.unwrap_or_else(|| *app.engine.log().head().borrow());
        let position = app.positions.header(position);
        let tried = change.tried.map(|rules| Ok(DryRun::of_keys(app.engine.log().log_id(), rules)));
        Self { status: StatusCode::OK, view, version, position, location: None, repeated: change.repeated, tried }
    }

    /// A new resource, which is found at this path. A dry run makes none.
    #[must_use]
    pub fn created(self, dry_run: bool, location: String) -> Self {
        if dry_run { self } else { Self { status: StatusCode::CREATED, location: Some(location), ..self } }
    }

    /// Something new that is not read by itself: a list has it, or what it belongs to.
    #[must_use]
    pub fn added(self, dry_run: bool) -> Self {
        if dry_run { self } else { Self { status: StatusCode::CREATED, ..self } }
    }

    /// What was asked takes its time: the resource is to be watched. A dry run asks nothing.
    #[must_use]
    pub fn under_way(self, dry_run: bool) -> Self {
        if dry_run { self } else { Self { status: StatusCode::ACCEPTED, ..self } }
    }
}

impl<V: Serialize> IntoResponse for Changed<V> {
    fn into_response(self) -> Response {
        if let Some(tried) = self.tried {
            return tried.into_response();
        }
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
