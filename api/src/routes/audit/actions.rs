//! What can be found in the audit trail.

use axum::Json;
use gpuaas_commands::audit;

use crate::http::mutation::NoPath;
use crate::http::page::Page;
use crate::http::{Problem, Read};
use crate::views::audit::AuditAction;

/// Lists every command: what it is done to, whether it is privileged, which permissions it
/// asks for, and the events that it may write.
#[utoipa::path(get, path = "/api/v1/audit/actions", tag = "audit", operation_id = "list_audit_actions",
    responses((status = 200, description = "All of them, by name", body = Page<AuditAction>)))]
pub(in crate::routes) async fn list(_: Read<NoPath>) -> Result<Json<Page<AuditAction>>, Problem> {
    Ok(Json(Page { items: audit::all().iter().map(AuditAction::from).collect(), next_cursor: None }))
}
