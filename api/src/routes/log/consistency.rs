//! Proofs that the log only grows.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::id::OrganizationId;
use gpuaas_log::Log;
use gpuaas_log::store::PublishedCheckpoint;
use gpuaas_log::tiles::TreeError;
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::scope;
use super::LogProof;
use crate::app::Shared;
use crate::http::mutation::NoPath;
use crate::http::{Problem, Read};
use crate::publication::TEXT;
use crate::views::vocabulary;

/// Between which checkpoints.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Between {
    /// Size of the older checkpoint.
    #[param(minimum = 1)]
    from: u64,
    /// Size of the newer checkpoint.
    #[param(minimum = 1)]
    to: u64,
    /// The organization as whose auditor this is asked; left out: as the platform's.
    #[param(value_type = Option<vocabulary::OrganizationId>)]
    org_id: Option<OrganizationId>,
}

/// Sends the proof that one published checkpoint extends another: the newer checkpoint behind
/// the proof, in the form that C2SP `tlog-witness` gives to `add-checkpoint`. `gpuaas audit
/// consistency` checks it offline.
#[utoipa::path(get, path = "/api/v1/log/consistency", tag = "log", operation_id = "get_log_consistency",
    params(Between),
    responses((status = 200, description = "The proof and the newer checkpoint", content_type = "text/plain",
        body = LogProof)))]
pub(super) async fn get(State(app): State<Shared>, read: Read<NoPath, Between>) -> Result<Response, Problem> {
    // Any export, and any receipt, tells an organization's auditors of checkpoints too.
    match read.query.org_id {
        Some(organization) => {
            let scope = scope::organization(&app, organization).await?;
            read.allow(&app, Action::ReadOrganizationEntries, scope).await?;
        }
        None => read.allow(&app, Action::ReadLogTree, Scope::Platform).await?,
    }
    let Between { from, to, .. } = read.query;
    if from > to {
        return Err(Problem::at(Code::InvalidParameter, "from", "the older checkpoint is the smaller one"));
    }
    let log = app.engine.log();
    let (older, newer) = (published(log, "from", from).await?, published(log, "to", to).await?);
    let extension = log.extension(&older, &newer).await.map_err(|error| match error {
        TreeError::Beyond { .. } => Problem::internal(error),
        TreeError::Store(error) => Problem::unavailable(error),
    })?;
    Ok(([(header::CONTENT_TYPE, TEXT)], extension.to_string()).into_response())
}

async fn published(log: &Log, parameter: &str, size: u64) -> Result<PublishedCheckpoint, Problem> {
    let missing = || {
        let message = "no checkpoint of this size was published; take the second line of a checkpoint that you have";
        Problem::at(Code::NotFound, parameter, message)
    };
    if size > *log.head().borrow() {
        return Err(missing());
    }
    log.checkpoint(size).await.map_err(Problem::unavailable)?.ok_or_else(missing)
}
