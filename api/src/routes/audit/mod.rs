//! The audit trail: searches of it, exports of what they find, and what can be found.

mod actions;
mod export;
mod search;
mod terms;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

/// The routes of the audit trail.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(search::whole))
        .routes(routes!(search::organization))
        .routes(routes!(export::whole))
        .routes(routes!(export::organization))
        .routes(routes!(actions::list))
}
