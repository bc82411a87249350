//! Tunnels: the server asks for one, the agent dials out for it and connects it to a declared
//! endpoint of a workload that runs. One connection carries one tunnel.

use std::sync::Arc;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::node_protocol::output::Lifecycle;
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::stream::TunnelRequest;
use gpuaas_domain::node_protocol::tunnel::{Frame, HEADER, MAX_CONTENT};
use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Agent;
use crate::gateway::Upgraded;

impl Agent {
    /// Opens a tunnel and serves it until either side is done.
    pub(super) async fn tunnel(self: Arc<Self>, request: TunnelRequest) {
        match self.gateway.upgrade(&format!("{}/{}", path::TUNNELS, request.tunnel)).await {
            Ok(server) => {
                // How it ends is for the two ends to know.
                let _ = self.connect(&request, server).await;
            }
            Err(error) => tracing::warn!(tunnel = %request.tunnel, %error, "no tunnel"),
        }
    }

    async fn connect(&self, request: &TunnelRequest, mut server: Upgraded) -> io::Result<()> {
        match self.dial(request).await {
            Ok(workload) => {
                server.write_all(&Frame::Opened.encode()).await?;
                server.flush().await?;
                carry(server, workload).await
            }
            Err(reason) => {
                server.write_all(&Frame::Refused(Text::clipped(&reason)).encode()).await?;
                server.shutdown().await
            }
        }
    }

    async fn dial(&self, request: &TunnelRequest) -> Result<TcpStream, String> {
        let work = self.work(request.instance).filter(|work| work.generation == request.generation);
        let work = work.ok_or("this node has no such workload of this generation")?;
        if work.lifecycle() != Lifecycle::Running {
            return Err("the workload does not run".into());
        }
        let declared = work.spec.endpoints.iter().find(|endpoint| endpoint.name == request.endpoint);
        let port = declared.ok_or("the workload has no such endpoint")?.port;
        let address = self.executor.address(&work, port).await.map_err(|failure| failure.message.to_string())?;
        TcpStream::connect(address).await.map_err(|error| format!("the workload does not take the connection: {error}"))
    }
}

/// Carries bytes both ways until both sides are done, or one breaks off.
async fn carry(server: Upgraded, workload: TcpStream) -> io::Result<()> {
    let (from_server, to_server) = io::split(server);
    let (from_workload, to_workload) = workload.into_split();
    tokio::try_join!(outward(from_workload, to_server), inward(from_server, to_workload)).map(drop)
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
    let invalid = |reason: String| io::Error::new(io::ErrorKind::InvalidData, reason);
    loop {
        let mut header = [0; HEADER];
        from.read_exact(&mut header).await?;
        let (kind, length) = Frame::announced(header).map_err(|error| invalid(error.to_string()))?;
        let mut content = vec![0; length];
        from.read_exact(&mut content).await?;
        match Frame::decode(kind, content).map_err(|error| invalid(error.to_string()))? {
            Frame::Data(bytes) => to.write_all(&bytes).await?,
            Frame::Finished => return to.shutdown().await,
            Frame::Opened | Frame::Refused(_) => return Err(invalid("a frame that only the agent sends".into())),
        }
    }
}
