//! Tunnels: a connection to an endpoint of a workload, wherever its node is. It goes through
//! the server and the connection that the node's agent has to it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use reqwest::Upgraded;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::client::{Client, segment};
use crate::error::Error;

/// The protocol that carries the bytes as they are.
const PLAIN: &str = "tcp";

/// An open tunnel: what is written goes to the workload, what the workload answers is read.
/// It breaks off when the token that opened it stops counting, or the node is gone.
#[derive(Debug)]
pub struct Tunnel(Upgraded);

impl Client {
    /// Opens a tunnel to an endpoint of an app instance.
    ///
    /// `GET /api/v1/projects/{project_id}/app-instances/{app_instance_id}/tunnel/{endpoint}`
    pub async fn open_tunnel(&self, project_id: &str, app_instance_id: &str, endpoint: &str) -> Result<Tunnel, Error> {
        let path = format!(
            "/api/v1/projects/{}/app-instances/{}/tunnel/{}",
            segment(project_id),
            segment(app_instance_id),
            segment(endpoint)
        );
        self.upgrade(&path, PLAIN).await.map(Tunnel)
    }
}

impl AsyncRead for Tunnel {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Tunnel {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
    }
}
