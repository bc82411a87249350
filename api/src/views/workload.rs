//! What is asked of a workload's node: its log lines, and how far its image has come.

use gpuaas_domain::node_protocol::logs::{LogAnswer, LogLine, LogStream};
use gpuaas_domain::node_protocol::progress::PullProgress;
use gpuaas_relay::moment;
use serde::Serialize;
use utoipa::ToSchema;

use super::vocabulary;

/// Log lines of a workload. The agent keeps the latest; whoever reads on from a number
/// sees by `first_sequence` whether lines in between are gone.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogLines {
    /// The lines, in order.
    pub lines: Vec<LogLineView>,
    /// Number of the oldest line that is kept.
    pub first_sequence: u64,
    /// Number that the next line will have, to read on from.
    pub next_sequence: u64,
}

/// A line, or 4 KiB of a longer one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogLine)]
pub struct LogLineView {
    /// Its number, growing by one.
    pub sequence: u64,
    /// When the container engine got it.
    #[schema(format = DateTime)]
    pub at: String,
    /// Where it was written to.
    #[schema(value_type = vocabulary::LogStream)]
    pub stream: LogStream,
    /// The line.
    pub text: String,
}

/// The token by which a workload knows its users.
#[derive(Debug, Serialize, ToSchema)]
pub struct AppToken {
    /// The token; null where it was only tried whether it would be told.
    #[schema(format = Password)]
    pub token: Option<String>,
}

/// How far a workload's image has come. All zero while nothing is fetched.
#[derive(Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageProgress {
    /// Whether the node fetches it now.
    pub fetching: bool,
    /// Layers that are there.
    pub layers_done: u32,
    /// Layers known of.
    pub layers_total: u32,
    /// Bytes that are there.
    pub bytes_done: u64,
    /// Bytes known of.
    pub bytes_total: u64,
}

impl From<LogAnswer> for LogLines {
    fn from(answer: LogAnswer) -> Self {
        let line = |LogLine { sequence, at, stream, text }: LogLine| LogLineView {
            sequence,
            at: moment::print(at),
            stream,
            text: text.to_string(),
        };
        let lines = answer.lines.into_iter().map(line).collect();
        Self { lines, first_sequence: answer.first, next_sequence: answer.next }
    }
}

impl From<PullProgress> for ImageProgress {
    fn from(progress: PullProgress) -> Self {
        let PullProgress { layers_done, layers_total, bytes_done, bytes_total, .. } = progress;
        Self { fetching: true, layers_done, layers_total, bytes_done, bytes_total }
    }
}
