//! The long answer's end here: one JSON text a line.

use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures::stream;
use gpuaas_domain::node_protocol::stream::ServerFrame;
use tokio::sync::mpsc;

/// Lines that wait for the connection to take them: a slow node is told things slowly.
const WAITING: usize = 16;

/// Where lines are written to.
pub(super) struct Out(mpsc::Sender<Bytes>);

/// Nobody reads the lines any more.
#[derive(Debug)]
pub(super) struct Gone;

/// A writer of lines, and the answer that consists of them. It ends with the writer.
pub(super) fn lines() -> (Out, Response) {
    let (sender, receiver) = mpsc::channel(WAITING);
    let lines = stream::unfold(receiver, |mut receiver| async move {
        let line: Bytes = receiver.recv().await?;
        Some((Ok::<_, Infallible>(line), receiver))
    });
    let mut response = Response::new(Body::from_stream(lines));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    (Out(sender), response)
}

impl Out {
    /// Writes a line.
    pub(super) async fn say(&self, frame: &ServerFrame) -> Result<(), Gone> {
        let mut line = serde_json::to_vec(frame).expect("frames are plain data");
        line.push(b'\n');
        self.0.send(line.into()).await.map_err(|_| Gone)
    }

    /// Waits until nobody reads any more.
    pub(super) async fn closed(&self) {
        self.0.closed().await;
    }
}
