//! Exports of the log: files that anybody can verify without the platform.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use gpuaas_commands::{Action, Scope};
use utoipa::ToSchema;

use super::super::path::InOrganization;
use super::super::scope;
use crate::app::{App, Shared};
use crate::http::mutation::NoPath;
use crate::http::{Problem, Read};
use crate::log_export::{MEDIA_TYPE, Which};

/// The bytes of an export, as `docs/log-format.md` says.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct LogExport(pub Vec<u8>);

/// Sends the whole log, with the proofs that it is what was signed: a file as
/// `docs/log-format.md` says, which `gpuaas audit verify` checks.
#[utoipa::path(get, path = "/api/v1/log/export", tag = "log", operation_id = "export_log",
    responses((status = 200, description = "The export, which covers everything up to now",
        content_type = "application/vnd.gpuaas.log-export", body = LogExport)))]
pub(super) async fn whole(State(app): State<Shared>, read: Read<NoPath>) -> Result<Response, Problem> {
    read.allow(&app, Action::ExportLog, Scope::Platform).await?;
    let name = format!("log-{}", app.engine.log().log_id().simple());
    send(&app, Which::Whole, &name).await
}

/// Sends everything that belongs to an organization, with the proofs that it is all: a file
/// as `docs/log-format.md` says, which `gpuaas audit verify` checks.
#[utoipa::path(get, path = "/api/v1/orgs/{org_id}/log/export", tag = "log", operation_id = "export_organization_log",
    params(InOrganization),
    responses((status = 200, description = "The export, which covers everything up to now",
        content_type = "application/vnd.gpuaas.log-export", body = LogExport)))]
pub(super) async fn organization(State(app): State<Shared>, read: Read<InOrganization>) -> Result<Response, Problem> {
    let organization = read.path.org_id;
    read.allow(&app, Action::ExportOrganizationLog, scope::organization(&app, organization).await?).await?;
    send(&app, Which::Of(organization), &organization.to_string()).await
}

async fn send(app: &App, which: Which, name: &str) -> Result<Response, Problem> {
    let body = app.exports.open(app.engine.log(), which).await?;
    let disposition = format!("attachment; filename=\"{name}.gpulog\"");
    let headers = [(header::CONTENT_TYPE, MEDIA_TYPE.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, body).into_response())
}
