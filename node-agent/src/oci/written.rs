//! What a workload writes, as the engine keeps it.

use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use gpuaas_domain::node_protocol::logs::LogStream;

use super::{Docker, labels};
use crate::executor::WrittenLine;
use crate::journal::Work;

impl Docker {
    /// A workload's lines from after a moment on, until its container ends.
    pub(super) async fn lines(&self, work: &Work, after_nanos: i128) -> BoxStream<'static, WrittenLine> {
        let Ok(client) = self.engine.client().await else { return stream::empty().boxed() };
        let name = labels::name(work.instance(), work.generation);
        // The engine takes whole seconds; the rest is left out below.
        let since = i32::try_from(after_nanos.max(0) / 1_000_000_000).unwrap_or(i32::MAX);
        let options =
            LogsOptionsBuilder::default().follow(true).stdout(true).stderr(true).timestamps(true).since(since);
        let client = client.clone();
        let lines = stream::once(async move { client.logs(&name, Some(options.build())).boxed() }).flatten();
        let lines = lines.filter_map(|line| std::future::ready(line.ok().and_then(|line| read(&line))));
        lines.filter(move |line| std::future::ready(line.nanos > after_nanos)).boxed()
    }
}

/// A line with its time before it, as the engine gives it.
fn read(output: &LogOutput) -> Option<WrittenLine> {
    let (stream, message) = match output {
        LogOutput::StdOut { message } | LogOutput::Console { message } => (LogStream::Stdout, message),
        LogOutput::StdErr { message } => (LogStream::Stderr, message),
        LogOutput::StdIn { .. } => return None,
    };
    let text = String::from_utf8_lossy(message);
    let (time, text) = text.split_once(' ')?;
    let time: jiff::Timestamp = time.parse().ok()?;
    Some(WrittenLine { nanos: time.as_nanosecond(), stream, text: text.trim_end_matches(['\r', '\n']).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_with_its_time() {
        let message = "1970-01-01T00:00:01.000000002Z  two words\r\n".into();
        let line = read(&LogOutput::StdErr { message }).unwrap();
        assert_eq!(line, WrittenLine { nanos: 1_000_000_002, stream: LogStream::Stderr, text: " two words".into() });
    }
}
