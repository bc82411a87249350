//! Accepts the nodes' connections: a TLS handshake that takes no longer than it may, then
//! HTTP as everywhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Extensions;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::caller::Connection;
use crate::certificates::Peer;
use crate::server::Limits;
use crate::server::listener::{accept, http};

/// Serves until the server closes and its connections have drained.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: ServerConfig,
    handshake: Duration,
    router: Router,
    limits: Limits,
    closing: CancellationToken,
) {
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let end = closing.clone();
    accept(listener, limits, closing, move |stream, peer| {
        let (acceptor, router, closing) = (acceptor.clone(), router.clone(), end.clone());
        async move {
            if let Some(stream) = shake_hands(acceptor, stream, peer, handshake).await {
                let connection = Connection(certificate(&stream));
                let note = move |extensions: &mut Extensions| _ = extensions.insert(connection);
                http(stream, peer, note, router, limits, closing).await;
            }
        }
    })
    .await;
}

async fn shake_hands(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    peer: SocketAddr,
    longest: Duration,
) -> Option<TlsStream<TcpStream>> {
    match tokio::time::timeout(longest, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::info!(%peer, %error, "a node's connection was refused");
            None
        }
        Err(_) => {
            tracing::info!(%peer, "a node's connection took too long to begin");
            None
        }
    }
}

/// What the certificate says that TLS has checked.
fn certificate(stream: &TlsStream<TcpStream>) -> Option<Peer> {
    Peer::of(stream.get_ref().1.peer_certificates()?.first()?)
}
