//! The log for whoever wants to check it: who signs it, exports, entries and their receipts,
//! and proofs that it only grows.

mod consistency;
pub mod entries;
pub mod exports;
mod identity;

use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

/// A proof, as C2SP says.
#[derive(ToSchema)]
#[schema(value_type = String)]
pub struct LogProof(pub String);

/// Their routes.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(identity::get))
        .routes(routes!(exports::whole))
        .routes(routes!(exports::organization))
        .routes(routes!(entries::get))
        .routes(routes!(entries::receipt))
        .routes(routes!(consistency::get))
}
