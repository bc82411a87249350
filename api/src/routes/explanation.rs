//! What an entry of the log means, in plain sentences.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::{Action, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::id::{OrganizationId, TypedId as _};

use super::log::entries::NO_ENTRY;
use super::path::EntryPath;
use crate::app::Shared;
use crate::explain::{self, Sight};
use crate::http::as_of::MAX_POSITION;
use crate::http::{Problem, Read};
use crate::views::explanation::Explanation;

/// Explains an entry: who did what, by which command, which rules allowed it, what it depended
/// on, what led to it and what followed. For platform auditors, and for those of the
/// organization that the entry belongs to.
#[utoipa::path(get, path = "/api/v1/log/entries/{position}/explanation", tag = "audit",
    operation_id = "explain_log_entry", params(EntryPath),
    responses((status = 200, description = "The explanation", body = Explanation)))]
pub(super) async fn get(State(app): State<Shared>, read: Read<EntryPath>) -> Result<Json<Explanation>, Problem> {
    let missing = || Problem::new(Code::NotFound, NO_ENTRY);
    let whole = read.may(&app, Action::ReadExplanation, Scope::Platform).await;
    let position = Some(read.path.position).filter(|position| *position <= MAX_POSITION).ok_or_else(missing)?;
    let stored = app.engine.log().entry(position).await.map_err(Problem::unavailable)?;
    let stored = stored.ok_or_else(missing)?;
    let owner = stored.entry().map_err(Problem::internal)?.owner.map(OrganizationId::from_uuid);
    let sight = match owner {
        _ if whole => Sight::Whole,
        Some(owner) if read.may(&app, Action::ReadOrganizationExplanation, Scope::Organization(owner)).await => {
            Sight::Of(owner)
        }
        Some(_) | None => return Err(missing()),
    };
    Ok(Json(explain::entry(&app, &stored, sight).await?))
}
