//! Exports of the log on their way to a client: written by a thread of their own into a pipe
//! that the answer's body is read from, so that no more of one than a pipe holds is in memory.

use std::io::{self, BufWriter, PipeWriter, Write as _};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures::{Stream, StreamExt as _, stream};
use gpuaas_domain::Code;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::Log;
use gpuaas_log::transfer::ExportError;
use tokio::net::unix::pipe::Receiver;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::io::ReaderStream;

use crate::covered;
use crate::http::Problem;
use crate::witnessing::Witnesses;

/// What the bytes are: `docs/log-format.md`, section 6.
pub const MEDIA_TYPE: &str = "application/vnd.gpuaas.log-export";
/// Most exports that are sent at once: each keeps a thread.
const AT_ONCE: usize = 16;
/// How much is written and sent at once.
const PIECE: usize = 64 * 1024;

/// What is exported.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// The whole log.
    Whole,
    /// What belongs to an organization, with the proofs that it is all.
    Of(OrganizationId),
}

/// The exports that one server sends.
#[derive(Debug)]
pub struct Exports {
    places: Arc<Semaphore>,
    witnesses: Witnesses,
}

impl Exports {
    /// Of a log whose checkpoints these cosign.
    #[must_use]
    pub fn new(witnesses: Witnesses) -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), witnesses }
    }

    /// The bytes of an export that covers everything up to now.
    pub async fn open(&self, log: &Log, which: Which) -> Result<Body, Problem> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| {
            let message = "as many exports are being sent as this server sends at once; try again when one has ended";
            Problem::new(Code::Overloaded, message).retry_after(covered::LATER)
        })?;
        let covering = covered::up_to_now(log).await?;
        // What they say of the checkpoint is in the export, too, if they are well.
        self.witnesses.settled(log, covering).await.map_err(Problem::unavailable)?;
        Ok(Body::from_stream(written(log.clone(), which, place).map_err(Problem::internal)?))
    }
}

/// The pieces of an export as they are written. One that fails in the middle ends in an
/// error, so that the client cannot take what it has for all.
fn written(
    log: Log,
    which: Which,
    place: OwnedSemaphorePermit,
) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>> {
    let (reader, writer) = io::pipe()?;
    let reader = Receiver::from_owned_fd(reader.into())?;
    let runtime = Handle::current();
    let writing = tokio::task::spawn_blocking(move || {
        let ended = runtime.block_on(write(&log, which, writer));
        drop(place);
        ended
    });
    let end = stream::once(async move { writing.await.map_err(io::Error::other)? });
    let failed = end.filter_map(async |ended: io::Result<()>| ended.err().map(Err));
    Ok(ReaderStream::with_capacity(reader, PIECE).chain(failed))
}

async fn write(log: &Log, which: Which, pipe: PipeWriter) -> io::Result<()> {
    let out = BufWriter::with_capacity(PIECE, pipe);
    let written = match which {
        Which::Whole => log.export_whole(out).await,
        Which::Of(organization) => log.export_owner(organization.uuid(), out).await,
    };
    match written {
        Ok(mut out) => out.flush(),
        // Whoever asked has gone.
        Err(ExportError::Write(error)) => Err(error),
        Err(error) => {
            tracing::error!(%error, ?which, "an export broke off");
            Err(io::Error::other(error))
        }
    }
}
