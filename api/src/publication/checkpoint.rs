//! `/log/checkpoint`.

use axum::extract::State;
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use gpuaas_domain::Code;
use gpuaas_relay::moment;

use super::TEXT;
use super::reader::Reader;
use crate::app::Shared;
use crate::http::Problem;

/// The published checkpoint. Where it is open, it is the same for all, auditors among them.
pub(super) async fn get(State(app): State<Shared>, mut parts: Parts) -> Result<Response, Problem> {
    let reader = Reader::of(&mut parts, &app).await?;
    let (reader, cached) =
        if app.publication.open { (Reader::Everybody, "public, max-age=5") } else { (reader, "private, no-cache") };
    let checkpoint = reader.sees(&app).await?.ok_or_else(|| {
        let when = match reader {
            Reader::Everybody => format!("at {} at the earliest", moment::print(app.publication.moves(app.now()))),
            Reader::Auditor => "with the operator's cadence".to_owned(),
        };
        Problem::new(Code::NotFound, format!("no checkpoint is published yet; the first comes {when}"))
    })?;
    Ok(([(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, cached)], checkpoint.note).into_response())
}
