//! A closed bundle of evidence as one file: its own entries and those that its items name, in
//! order, each with its receipt under one checkpoint. It is sent entry by entry, so that no
//! more than one of them is in memory.
//!
//! What the file is is `gpuaas_log::evidence`'s to say; who may have it is its route's.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures::{Stream, StreamExt as _, stream};
use gpuaas_commands::Past;
use gpuaas_domain::evidence_bundle::EvidenceBundle;
use gpuaas_domain::id::{EvidenceBundleId, TypedId as _};
use gpuaas_domain::{Aggregate as _, Code};
use gpuaas_log::Log;
use gpuaas_log::append::StreamId;
use gpuaas_log::evidence;
use gpuaas_log::store::PublishedCheckpoint;

use crate::app::App;
use crate::covered;
use crate::http::Problem;
use crate::resource::Resource;

/// What the bytes are: `docs/custody/evidence.md`.
pub const MEDIA_TYPE: &str = "application/vnd.gpuaas.evidence";
/// Entries that are read at once.
const PAGE: usize = 256;

/// The bytes of the file of a bundle, which must be closed: an open one cannot be shown whole.
pub(crate) async fn open(app: &App, id: EvidenceBundleId) -> Result<Body, Problem> {
    let positions = positions(app, id).await?;
    let last = positions.last().copied().ok_or_else(Resource::<EvidenceBundle>::missing)?;
    let checkpoint = covered::entry(app.engine.log(), last, &app.witnesses).await?;
    Ok(Body::from_stream(pieces(app.engine.log().clone(), id, positions, checkpoint)))
}

/// Where the entries are: the bundle's own, and those that its items name.
async fn positions(app: &App, id: EvidenceBundleId) -> Result<BTreeSet<u64>, Problem> {
    let log = app.engine.log();
    let head = *log.head().borrow();
    let contents = match app.engine.past::<EvidenceBundle>(id, head).await? {
        Past::There { state: EvidenceBundle::Closed(contents), .. } => contents,
        Past::There { state: EvidenceBundle::Open(_), .. } => return Err(Problem::of(Code::EvidenceBundleOpen)),
        Past::There { state: EvidenceBundle::Absent, .. } | Past::Later { .. } | Past::Never => {
            return Err(Resource::<EvidenceBundle>::missing());
        }
    };
    let mut positions: BTreeSet<u64> = contents.items.into_iter().flat_map(|item| item.entries).collect();
    let stream = StreamId::new(EvidenceBundle::KIND, id.uuid());
    let mut version = 0;
    loop {
        let page = log.read_stream(&stream, version, PAGE).await.map_err(Problem::unavailable)?;
        positions.extend(page.iter().map(|stored| stored.position));
        version += page.len() as u64;
        if page.len() < PAGE {
            return Ok(positions);
        }
    }
}

/// The file, piece by piece. One that fails in the middle ends in an error, so that the client
/// cannot take what it has for all.
fn pieces(
    log: Log,
    id: EvidenceBundleId,
    positions: BTreeSet<u64>,
    checkpoint: PublishedCheckpoint,
) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let checkpoint = Arc::new(checkpoint);
    let opening = evidence::opening(&id.to_string());
    let entries = stream::iter(positions.into_iter().enumerate()).then(move |(place, position)| {
        let (log, checkpoint) = (log.clone(), checkpoint.clone());
        async move {
            let proved = log.proved(position, &checkpoint).await.map_err(|error| {
                tracing::error!(%error, bundle = %id, position, "a file of evidence broke off");
                io::Error::other(error)
            })?;
            let comma = if place == 0 { "" } else { "," };
            Ok::<_, io::Error>(Bytes::from(format!("{comma}{}", proved.to_json())))
        }
    });
    let text = |text: String| stream::iter([Ok(Bytes::from(text))]);
    text(opening).chain(entries).chain(text(evidence::closing()))
}
