//! `/log/tile/…`: hashes and entries, which never change once they are there.

use axum::extract::{Path, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use gpuaas_commands::Action;
use gpuaas_domain::Code;
use gpuaas_log::tiles::{Published, TilePath, TreeError};

use super::reader::Reader;
use crate::app::Shared;
use crate::http::Problem;

/// For ever.
const PUBLIC: &str = "public, max-age=31536000, immutable";
/// For ever, by whoever may fetch it.
const PRIVATE: &str = "private, max-age=31536000, immutable";

/// A tile or a bundle, complete or as far as it goes.
pub(super) async fn get(
    State(app): State<Shared>,
    Path(path): Path<String>,
    mut parts: Parts,
) -> Result<Response, Problem> {
    let path: TilePath = path.parse().map_err(|_| missing("this is not the path of a tile"))?;
    let reader = match path.published {
        Published::Hashes(_) => Reader::of(&mut parts, &app).await?,
        Published::Entries(_) => {
            Reader::auditor(&mut parts, &app, Action::ReadEntries).await?;
            Reader::Auditor
        }
    };
    let size = reader.sees(&app).await?.map_or(0, |checkpoint| checkpoint.size);
    let bytes = match app.engine.log().tree(size).await {
        Ok(mut tree) => match path.published {
            Published::Hashes(id) => tree.tile(id, path.width).await,
            Published::Entries(index) => tree.bundle(index, path.width).await,
        },
        Err(error) => Err(error),
    };
    let bytes = bytes.map_err(|error| match error {
        TreeError::Beyond { .. } => missing("it lies beyond the published checkpoint"),
        TreeError::Store(error) => Problem::unavailable(error),
    })?;
    let cached = match reader {
        Reader::Auditor => PRIVATE,
        Reader::Everybody => PUBLIC,
    };
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, cached),
        (header::VARY, "authorization"),
    ];
    Ok((headers, bytes).into_response())
}

fn missing(why: &str) -> Problem {
    Problem::new(Code::NotFound, format!("there is no such tile: {why}; take its path from /log/checkpoint's size"))
}
