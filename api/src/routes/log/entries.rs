//! Entries as they are stored, and the receipts that prove them.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::entry::StoredEntry;
use gpuaas_log::tiles::TreeError;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::LogProof;
use crate::app::Shared;
use crate::covered;
use crate::http::{Problem, Read};
use crate::publication::TEXT;

/// What is said of an entry that is not there, or not for whoever asks.
pub(crate) const NO_ENTRY: &str = "there is no entry at this position that you may see: an entry is for the auditors \
                                   of the organization that owns it, and of the platform";

/// An entry of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct EntryPath {
    /// Its position.
    #[param(minimum = 1)]
    position: u64,
}

/// The bytes of an entry, as `docs/log-format.md` says.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct EntryBytes(pub Vec<u8>);

/// Sends an entry as it is stored: the bytes that are hashed, and that its receipt is for. A
/// detached body is not part of them. For auditors of the organization that owns the entry,
/// and of the platform.
#[utoipa::path(get, path = "/api/v1/log/entries/{position}", tag = "log", operation_id = "get_log_entry",
    params(EntryPath),
    responses((status = 200, description = "The entry's bytes", content_type = "application/octet-stream",
        body = EntryBytes)))]
pub(super) async fn get(State(app): State<Shared>, read: Read<EntryPath>) -> Result<Response, Problem> {
    let entry = seen(&app, &read).await?;
    let disposition = format!("attachment; filename=\"entry-{}\"", entry.position);
    let headers =
        [(header::CONTENT_TYPE, "application/octet-stream".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, entry.bytes.to_vec()).into_response())
}

/// Sends the proof that an entry is in the log: a C2SP `tlog-proof`, which `gpuaas audit
/// check-receipt` checks offline. For auditors of the organization that owns the entry, and
/// of the platform.
#[utoipa::path(get, path = "/api/v1/log/entries/{position}/receipt", tag = "log",
    operation_id = "get_log_entry_receipt", params(EntryPath),
    responses((status = 200, description = "The receipt", content_type = "text/plain", body = LogProof)))]
pub(super) async fn receipt(State(app): State<Shared>, read: Read<EntryPath>) -> Result<Response, Problem> {
    let position = seen(&app, &read).await?.position;
    let log = app.engine.log();
    let checkpoint = covered::entry(log, position, &app.witnesses).await?;
    let receipt = log.receipt(position, &checkpoint).await.map_err(|error| match error {
        TreeError::Beyond { .. } => Problem::internal(error),
        TreeError::Store(error) => Problem::unavailable(error),
    })?;
    let disposition = format!("attachment; filename=\"entry-{position}.tlog-proof\"");
    let headers = [(header::CONTENT_TYPE, TEXT.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, receipt.to_string()).into_response())
}

/// The entry, if whoever asks may see it. One that is not there is not told apart from one
/// that must not be seen.
async fn seen(app: &Shared, read: &Read<EntryPath>) -> Result<StoredEntry, Problem> {
    let missing = || Problem::new(Code::NotFound, NO_ENTRY);
    let (log, position) = (app.engine.log(), read.path.position);
    if position > *log.head().borrow() {
        return Err(missing());
    }
    let entry = log.entry(position).await.map_err(Problem::unavailable)?.ok_or_else(missing)?;
    let owner = entry.entry().map_err(Problem::internal)?.owner;
    let (action, scope) = match owner {
        Some(owner) => (Action::ReadOrganizationEntries, Scope::Organization(OrganizationId::from_uuid(owner))),
        None => (Action::ReadEntries, Scope::Platform),
    };
    if read.may(app, action, scope).await { Ok(entry) } else { Err(missing()) }
}
