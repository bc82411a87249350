//! Accepts connections and serves each until its client or the server ends it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::Extensions;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::config::Limits;
use super::stall::Stalling;

/// Pause after the system refused a connection: mostly it has no more files to give.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves until the server closes and its connections have drained.
pub(crate) async fn serve(listener: TcpListener, router: Router, limits: Limits, closing: CancellationToken) {
    let end = closing.clone();
    let connection = move |stream, peer| {
        let stream = Stalling::new(stream, limits.stall);
        http(stream, peer, |_: &mut Extensions| {}, router.clone(), limits, end.clone())
    };
    accept(listener, limits, closing, connection).await;
}

/// Accepts connections until the server closes, and waits for them to end.
pub(crate) async fn accept<F: Future<Output = ()> + Send + 'static>(
    listener: TcpListener,
    limits: Limits,
    closing: CancellationToken,
    connection: impl Fn(TcpStream, SocketAddr) -> F,
) {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(limits.connections));
    loop {
        let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Small answers are not held back to be sent with the next.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, %peer, "nodelay");
                }
                let served = connection(stream, peer);
                connections.spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// Speaks HTTP over a connection. `note` leaves in each request what is known of the
/// connection besides who it comes from.
pub(crate) async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    note: impl Fn(&mut Extensions),
    router: Router,
    limits: Limits,
    closing: CancellationToken,
) {
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        note(request.extensions_mut());
        router.clone().oneshot(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.headers);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(limits.headers);
    let mut served = std::pin::pin!(builder.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = closing.cancelled() => {
            served.as_mut().graceful_shutdown();
            match tokio::time::timeout(limits.drain, served).await {
                Ok(ended) => ended,
                Err(_) => return tracing::info!(%peer, "a connection was cut off: it took too long to end"),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection ended");
    }
}
