//! Log lines. The agent keeps the latest of each workload under growing numbers; whoever
//! reads on from a number sees by the first one he gets whether lines in between are gone.

use super::answers;
use crate::bounded::Text;
use crate::event::{fields, words};
use crate::id::{InstanceId, RequestId};
use crate::time::Timestamp;

/// Most lines of an answer.
pub const MAX_LINES: u32 = 1000;

words! {
    /// Where a line was written to.
    pub enum LogStream {
        /// Standard output.
        Stdout = "stdout",
        /// Standard error.
        Stderr = "stderr",
    }
}

answers! {
    /// The server asks for lines.
    pub struct LogRequest {
        /// What the answer has to name.
        pub request: RequestId,
        /// Whose lines.
        pub instance: InstanceId,
        /// The number to begin with.
        pub from: u64,
        /// How many, at most [`MAX_LINES`].
        pub limit: u32,
    }
}

fields! {
    /// A line, or 4 KiB of a longer one.
    pub struct LogLine {
        /// Its number, from 1, growing by one across restarts of the container and the agent.
        pub sequence: u64,
        /// When the engine got it.
        pub at: Timestamp,
        /// Where it was written to.
        pub stream: LogStream,
        /// The line; control characters are replaced.
        pub text: Text<4096>,
    }

    /// The agent's answer.
    pub struct LogAnswer {
        /// What was asked.
        pub request: RequestId,
        /// Number of the oldest line kept.
        pub first: u64,
        /// Number that the next line will have.
        pub next: u64,
        /// The lines, in order.
        pub lines: Vec<LogLine>,
        /// Whether the agent knows the workload at all.
        pub known: bool,
    }
}
