//! Websockets (RFC 6455) whose binary messages are a tunnel's bytes: for clients behind
//! proxies that let nothing else through.

use std::future::Future;

use axum::extract::FromRequestParts as _;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::header;
use axum::http::request::Parts;
use futures::future::Either;
use futures::{SinkExt as _, StreamExt as _};
use gpuaas_domain::Code;
use hyper::upgrade::OnUpgrade;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use crate::gateway::{self, Opened};
use crate::http::Problem;

/// Bytes that wait between the two.
const BUFFER: usize = 64 * 1024;

/// How a client wants to switch: to a websocket, or to this protocol.
pub(super) async fn or_plain(parts: &mut Parts, plain: &str) -> Result<Either<WebSocketUpgrade, OnUpgrade>, Problem> {
    let wanted = parts.headers.get(header::UPGRADE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !wanted.eq_ignore_ascii_case("websocket") {
        return gateway::switch(parts, plain).map(Either::Right);
    }
    let upgrade = WebSocketUpgrade::from_request_parts(parts, &()).await;
    let refused = |_| Problem::at(Code::InvalidHeader, "Upgrade", "this is not a websocket's handshake (RFC 6455)");
    upgrade.map(|upgrade| Either::Left(upgrade.max_message_size(1 << 20))).map_err(refused)
}

/// Carries bytes until either side is done, or `until` is over.
pub(super) async fn carry(socket: WebSocket, opened: Opened, until: impl Future<Output = ()>) {
    let (near, far) = tokio::io::duplex(BUFFER);
    tokio::join!(opened.carry(far, until), pump(socket, near));
}

async fn pump(socket: WebSocket, near: DuplexStream) {
    let (mut outward, mut inward) = socket.split();
    let (mut from, mut to) = tokio::io::split(near);
    let sends = async {
        let mut buffer = vec![0; BUFFER];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            if outward.send(Message::Binary(buffer[..read].to_vec().into())).await.is_err() {
                return;
            }
        }
        // How a websocket ends is a message of its own; whoever is gone does not read it.
        let _ = outward.send(Message::Close(None)).await;
    };
    let receives = async {
        while let Some(Ok(message)) = inward.next().await {
            match message {
                Message::Binary(bytes) => match to.write_all(&bytes).await {
                    Ok(()) => {}
                    Err(_) => return,
                },
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Text(_) | Message::Close(_) => break,
            }
        }
        // The workload sees the end of the bytes, or that there is nobody to answer.
        let _ = to.shutdown().await;
    };
    tokio::join!(sends, receives);
}
