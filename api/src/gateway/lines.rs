//! The nodes' open connections: the long streams, over which a node is told things, and
//! everything else that is to end when a node stops counting.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gpuaas_domain::Code;
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_protocol::stream::ServerFrame;
use tokio::sync::{mpsc, watch};

/// Frames that wait for a stream to take them.
const WAITING: usize = 64;
/// Streams of one node: an agent has one, and another while it changes its certificate.
const STREAMS: usize = 4;

/// The open connections of all nodes.
#[derive(Default)]
pub(crate) struct Lines {
    nodes: Mutex<HashMap<NodeId, OfNode>>,
}

#[derive(Default)]
struct OfNode {
    /// The newest last.
    streams: Vec<mpsc::Sender<ServerFrame>>,
    cut: watch::Sender<Option<Code>>,
}

/// An open stream's end of it.
pub(crate) struct Line {
    /// What it is to say.
    pub(crate) frames: mpsc::Receiver<ServerFrame>,
    /// Why it is to end.
    pub(crate) cut: Cut,
}

/// Tells when everything of a node is to end.
#[derive(Clone)]
pub(crate) struct Cut(watch::Receiver<Option<Code>>);

impl Lines {
    /// A new stream of a node. The oldest of too many ends.
    pub(crate) fn open(&self, node: NodeId) -> Line {
        let (sender, frames) = mpsc::channel(WAITING);
        let mut nodes = self.lock();
        let known = nodes.entry(node).or_default();
        known.streams.retain(|stream| !stream.is_closed());
        if known.streams.len() >= STREAMS {
            known.streams.remove(0);
        }
        known.streams.push(sender);
        Line { frames, cut: Cut(known.cut.subscribe()) }
    }

    /// Tells a node something over its newest stream. Says whether it has one.
    pub(crate) async fn tell(&self, node: NodeId, frame: ServerFrame) -> bool {
        let newest = {
            let nodes = self.lock();
            let mut streams = nodes.get(&node).into_iter().flat_map(|known| known.streams.iter().rev());
            streams.find(|stream| !stream.is_closed()).cloned()
        };
        match newest {
            Some(stream) => stream.send(frame).await.is_ok(),
            None => false,
        }
    }

    /// Follows whether what is open of a node is to end.
    pub(crate) fn cut_of(&self, node: NodeId) -> Cut {
        Cut(self.lock().entry(node).or_default().cut.subscribe())
    }

    /// Ends everything of a node that is open now.
    pub(crate) fn cut(&self, node: NodeId, why: Code) {
        if let Some(known) = self.lock().remove(&node) {
            known.cut.send_replace(Some(why));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<NodeId, OfNode>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cut {
    /// Waits for the end, and says why.
    pub(crate) async fn happened(&mut self) -> Code {
        loop {
            if let Some(why) = *self.0.borrow_and_update() {
                return why;
            }
            if self.0.changed().await.is_err() {
                // Nobody is left who could say it.
                std::future::pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::Timestamp;
    use gpuaas_domain::id::TypedId as _;
    use gpuaas_domain::node_protocol::stream::Ping;
    use uuid::Uuid;

    use super::*;

    fn ping() -> ServerFrame {
        ServerFrame::Ping(Ping { server_time: Timestamp(1) })
    }

    #[tokio::test]
    async fn the_newest_stream_is_told_and_all_of_them_are_cut() {
        let (lines, node) = (Lines::default(), NodeId::from_uuid(Uuid::from_u128(1)));
        assert!(!lines.tell(node, ping()).await);
        let (mut older, mut newer) = (lines.open(node), lines.open(node));
        assert!(lines.tell(node, ping()).await);
        assert!(newer.frames.try_recv().is_ok() && older.frames.try_recv().is_err());
        drop(newer);
        assert!(lines.tell(node, ping()).await, "the older one is there still");
        lines.cut(node, Code::NodeBanned);
        assert_eq!(older.cut.happened().await, Code::NodeBanned);
        assert!(!lines.tell(node, ping()).await);
        let mut later = lines.open(node);
        let waited = tokio::time::timeout(std::time::Duration::from_millis(10), later.cut.happened()).await;
        assert!(waited.is_err(), "what is opened after a cut is not cut by it");
    }

    #[test]
    fn the_oldest_of_too_many_streams_ends() {
        let (lines, node) = (Lines::default(), NodeId::from_uuid(Uuid::from_u128(1)));
        let mut first = lines.open(node);
        let _others: Vec<Line> = (0..STREAMS).map(|_| lines.open(node)).collect();
        assert_eq!(first.frames.try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
    }
}
