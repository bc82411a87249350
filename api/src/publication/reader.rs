//! Who fetches, and how far they see.

use axum::extract::FromRequestParts as _;
use axum::http::StatusCode;
use axum::http::request::Parts;
use gpuaas_commands::{Action, Scope};
use gpuaas_log::store::PublishedCheckpoint;
use serde::Deserialize;

use crate::app::{App, Shared};
use crate::http::read::NoQuery;
use crate::http::{Problem, Read, status};

/// Whoever fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// A platform auditor.
    Auditor,
    /// Everybody else, where the operator lets them.
    Everybody,
}

/// The path is its handler's to read.
#[derive(Debug, Deserialize)]
struct AnyPath {}

impl Reader {
    /// Whoever sends this request, if they may fetch tiles.
    pub(super) async fn of(parts: &mut Parts, app: &Shared) -> Result<Self, Problem> {
        match Self::auditor(parts, app, Action::ReadLogTree).await {
            Ok(()) => Ok(Self::Auditor),
            // Who they are not does not matter then.
            Err(problem) if app.publication.open && is_about_who(&problem) => Ok(Self::Everybody),
            Err(problem) => Err(problem),
        }
    }

    /// Succeeds if a platform auditor sends this request.
    pub(super) async fn auditor(parts: &mut Parts, app: &Shared, action: Action) -> Result<(), Problem> {
        let read = Read::<AnyPath, NoQuery>::from_request_parts(parts, app).await?;
        read.allow(app, action, Scope::Platform).await
    }

    /// The checkpoint up to which they see.
    pub(super) async fn sees(self, app: &App) -> Result<Option<PublishedCheckpoint>, Problem> {
        let log = app.engine.log();
        let checkpoint = match self {
            Self::Auditor => log.last_checkpoint().await,
            Self::Everybody => log.checkpoint_until(app.publication.moved(app.now()).0).await,
        };
        checkpoint.map_err(Problem::unavailable)
    }
}

fn is_about_who(problem: &Problem) -> bool {
    matches!(status::of(problem.code).0, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND)
}
