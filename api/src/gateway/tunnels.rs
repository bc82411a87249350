//! Tunnels: a client's bytes to a workload and back, through a connection that the agent
//! opens for it.

use std::future::Future;
use std::io;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use gpuaas_domain::Code;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{InstanceId, NodeId, TunnelId, TypedId as _};
use gpuaas_domain::node_protocol::stream::{ServerFrame, TunnelRequest};
use gpuaas_domain::node_protocol::tunnel::{Frame, HEADER, MAX_CONTENT, UPGRADE};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use uuid::Uuid;

use super::caller::Caller;
use super::lines::Cut;
use super::logs::{not_connected, too_slow};
use crate::app::{App, Shared};
use crate::http::Problem;

/// The agent's connection for a tunnel.
pub struct Tunnel(TokioIo<Upgraded>);

/// A tunnel whose workload took the connection.
pub struct Opened {
    tunnel: Tunnel,
    cut: Cut,
}

/// Begins a tunnel that was asked for.
pub(super) async fn begin(
    State(app): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let unknown = || Problem::new(Code::NotFound, "nobody waits for this tunnel any more");
    let id: TunnelId = id.parse().map_err(|_| unknown())?;
    let upgrade = switch(&mut request.into_parts().0, UPGRADE)?;
    let waits = app.gateway.tunnels.claim(id, caller.peer.node).ok_or_else(unknown)?;
    tokio::spawn(async move {
        match upgrade.await {
            // Whoever waited may have gone.
            Ok(upgraded) => drop(waits.send(Tunnel(TokioIo::new(upgraded)))),
            Err(error) => tracing::debug!(%error, "a tunnel was not opened"),
        }
    });
    Ok(switching(UPGRADE))
}

/// The connection of a request to switch to a protocol, once it was answered.
pub(crate) fn switch(parts: &mut Parts, protocol: &str) -> Result<OnUpgrade, Problem> {
    let wanted = parts.headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    let upgrade = parts.extensions.remove::<OnUpgrade>();
    upgrade.filter(|_| wanted.is_some_and(|wanted| wanted.eq_ignore_ascii_case(protocol))).ok_or_else(|| {
        let message = format!("send \"Connection: upgrade\" and \"Upgrade: {protocol}\" over HTTP/1.1");
        Problem::at(Code::InvalidHeader, "Upgrade", message)
    })
}

/// The answer that switches to a protocol.
pub(crate) fn switching(protocol: &'static str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(header::UPGRADE, HeaderValue::from_static(protocol));
    response
}

/// Opens a tunnel to an endpoint of a workload.
pub async fn open(
    app: &App,
    node: NodeId,
    (instance, generation): (InstanceId, u64),
    endpoint: Text<48>,
) -> Result<Opened, Problem> {
    let id = TunnelId::from_uuid(Uuid::from_u128(rand::random()));
    // From here on a ban is not missed.
    let cut = app.gateway.lines.cut_of(node);
    let ticket = app.gateway.tunnels.begin(id, node);
    let request = TunnelRequest { tunnel: id, instance, generation, endpoint };
    let opened = async {
        if !app.gateway.lines.tell(node, ServerFrame::Tunnel(request)).await {
            return Err(not_connected());
        }
        let mut tunnel = ticket.brought().await.ok_or_else(not_connected)?;
        match tunnel.receive().await {
            Ok(Frame::Opened) => Ok(Opened { tunnel, cut }),
            Ok(Frame::Refused(reason)) => {
                Err(Problem::new(Code::InstanceStateConflict, format!("the workload cannot be reached: {reason}")))
            }
            Ok(Frame::Data(_) | Frame::Finished) | Err(_) => Err(not_connected()),
        }
    };
    tokio::time::timeout(app.gateway.settings.answer, opened).await.map_err(|_| too_slow())?
}

impl Opened {
    /// Carries bytes both ways until both sides are done, one breaks off, the node stops
    /// counting, or `until` is over.
    pub async fn carry<C>(mut self, client: C, until: impl Future<Output = ()>)
    where
        C: AsyncRead + AsyncWrite + Send,
    {
        let (from_client, to_client) = tokio::io::split(client);
        let (from_node, to_node) = tokio::io::split(self.tunnel.0);
        let both = async { tokio::try_join!(outward(from_client, to_node), inward(from_node, to_client)).map(drop) };
        tokio::select! {
            // How it ends is for the two ends to know.
            _ = both => {}
            _ = self.cut.happened() => {}
            () = until => {}
        }
    }
}

impl Tunnel {
    async fn receive(&mut self) -> io::Result<Frame> {
        receive(&mut self.0).await
    }
}

async fn receive(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Frame> {
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let mut header = [0; HEADER];
    from.read_exact(&mut header).await?;
    let (kind, length) = Frame::announced(header).map_err(invalid)?;
    let mut content = vec![0; length];
    from.read_exact(&mut content).await?;
    Frame::decode(kind, content).map_err(invalid)
}

async fn outward(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut buffer = vec![0; MAX_CONTENT];
    loop {
        let read = from.read(&mut buffer).await?;
        let frame = if read == 0 { Frame::Finished } else { Frame::Data(buffer[..read].to_vec()) };
        to.write_all(&frame.encode()).await?;
        to.flush().await?;
        if read == 0 {
            return Ok(());
        }
    }
}

async fn inward(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    loop {
        match receive(&mut from).await? {
            Frame::Data(bytes) => {
                to.write_all(&bytes).await?;
                to.flush().await?;
            }
            Frame::Finished => return to.shutdown().await,
            Frame::Opened | Frame::Refused(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}
