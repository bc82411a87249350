//! The server's end of a tunnel.

use bytes::Bytes;
use gpuaas_domain::node_protocol::tunnel::{Frame, HEADER, UPGRADE};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::upgrade::Upgraded;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

pub(crate) struct Tunnel(TokioIo<Upgraded>);

impl Tunnel {
    pub(super) fn new(io: Upgraded) -> Self {
        Self(TokioIo::new(io))
    }

    pub(super) async fn opened(&mut self) -> Result<(), String> {
        match self.receive().await {
            Some(Frame::Opened) => Ok(()),
            Some(Frame::Refused(reason)) => Err(reason.to_string()),
            other => Err(format!("{other:?}")),
        }
    }

    pub(crate) async fn send(&mut self, frame: Frame) {
        self.0.write_all(&frame.encode()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    pub(crate) async fn receive(&mut self) -> Option<Frame> {
        let mut header = [0; HEADER];
        self.0.read_exact(&mut header).await.ok()?;
        let (kind, length) = Frame::announced(header).unwrap();
        let mut content = vec![0; length];
        self.0.read_exact(&mut content).await.ok()?;
        Some(Frame::decode(kind, content).unwrap())
    }

    /// Everything that comes until the other side has finished.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let Some(Frame::Data(data)) = self.receive().await {
            bytes.extend(data);
        }
        bytes
    }
}

pub(super) fn switching() -> Response<UnsyncBoxBody<Bytes, std::io::Error>> {
    let mut response = super::routes::whole(StatusCode::SWITCHING_PROTOCOLS, Vec::new());
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    response.headers_mut().insert(hyper::header::UPGRADE, HeaderValue::from_static(UPGRADE));
    response
}
