//! The long answer: one JSON text a line.

use std::time::Duration;

use bytes::BytesMut;
use gpuaas_domain::node_protocol::stream::{SILENCE_SECONDS, ServerFrame};
use gpuaas_domain::node_protocol::task::MAX_SPEC;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::GatewayError;
use super::http::unreachable;

/// Longest line: a specification with every character escaped, and its envelope.
const MAX_LINE: usize = 6 * MAX_SPEC + 4096;

/// Lines as they come.
#[derive(Debug)]
pub(crate) struct FrameStream {
    body: Incoming,
    buffer: BytesMut,
}

impl FrameStream {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, buffer: BytesMut::new() }
    }

    /// The next line; `None` when the server ended the stream.
    pub(crate) async fn next(&mut self) -> Result<Option<ServerFrame>, GatewayError> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                let frame = serde_json::from_slice(&line);
                return frame.map(Some).map_err(|error| GatewayError::Answer(error.to_string()));
            }
            if self.buffer.len() > MAX_LINE {
                return Err(GatewayError::Answer("a line of the stream is too long".into()));
            }
            let silent = |_| GatewayError::Unreachable(format!("nothing heard for {SILENCE_SECONDS} s"));
            let frame = tokio::time::timeout(Duration::from_secs(SILENCE_SECONDS), self.body.frame());
            match frame.await.map_err(silent)? {
                None => return Ok(None),
                Some(Err(error)) => return Err(unreachable(&error)),
                Some(Ok(frame)) => self.buffer.extend_from_slice(&frame.into_data().unwrap_or_default()),
            }
        }
    }
}
