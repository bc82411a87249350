//! A witness over HTTP: C2SP `tlog-witness`. It needs a directory and nothing else of the
//! platform, so that another party can run one.
//!
//! `POST /add-checkpoint` cosigns, and `GET /HASH/checkpoint` shows the last checkpoint that
//! was cosigned of the log whose origin has this SHA-256. What may be cosigned is decided in
//! [`gpuaas_log::witness`], never here. It speaks HTTP without TLS: whoever lets strangers
//! reach it puts a proxy in front.

mod router;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use gpuaas_log::witness::Witness;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::server::{Limits, listener};

/// A witness that serves.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    closing: CancellationToken,
    served: JoinHandle<()>,
}

/// Serves a witness. It answers when this does.
pub async fn serve(witness: Witness, listen: SocketAddr) -> io::Result<Serving> {
    let listener = TcpListener::bind(listen).await?;
    let address = listener.local_addr()?;
    let closing = CancellationToken::new();
    let limits = Limits::default();
    let router = router::router(Arc::new(witness), limits.request);
    let served = tokio::spawn(listener::serve(listener, router, limits, closing.clone()));
    Ok(Serving { address, closing, served })
}

impl Serving {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it: open requests are answered.
    pub async fn end(self) {
        self.closing.cancel();
        if let Err(error) = self.served.await {
            tracing::error!(%error, "the witness failed");
        }
    }
}
