//! What the log is called, and who signs it.

use axum::Json;
use axum::extract::State;

use crate::app::Shared;
use crate::http::mutation::NoPath;
use crate::http::{Problem, Read};
use crate::views::log::{LogView, PublicationView};

/// Tells the log's id, its origin and the keys that sign its checkpoints now. Whoever keeps
/// them can check receipts and exports without this server; take them over more than one way.
#[utoipa::path(get, path = "/api/v1/log", tag = "log", operation_id = "get_log",
    responses((status = 200, description = "The log", body = LogView)))]
pub(super) async fn get(State(app): State<Shared>, _: Read<NoPath>) -> Result<Json<LogView>, Problem> {
    let log = app.engine.log();
    let keys = log.keys().await.map_err(Problem::unavailable)?;
    Ok(Json(LogView {
        log_id: log.log_id().to_string(),
        origin: log.origin().to_owned(),
        keys: keys.iter().map(ToString::to_string).collect(),
        publication: PublicationView { open: app.publication.open, every_seconds: app.publication.every.as_secs() },
    }))
}
