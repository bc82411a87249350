//! `gpuaas instances logs`.

use std::time::Duration;

use clap::Args;
use gpuaas_sdk::{Client, InstancePhase, LogLine, LogLines, ReadAppInstanceLogsQuery};

use super::Named;
use crate::client::Session;
use crate::output::{self, Failure, Format, moment};

/// Most lines that are asked for at once: the most that the API gives.
const MOST: u64 = 1000;
/// Between two questions for new lines.
const PAUSE: Duration = Duration::from_secs(1);

/// What an app instance wrote.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    #[command(flatten)]
    named: Named,
    /// Go on with what it writes, until it ends.
    #[arg(long, short)]
    follow: bool,
    /// Begin with the line of this number; by default with the oldest that is kept.
    #[arg(long, value_name = "NUMBER")]
    from: Option<u64>,
    /// Show when each line was written, and its number.
    #[arg(long)]
    timestamps: bool,
}

impl Logs {
    /// Prints the lines.
    pub(super) async fn ask(self, session: &Session) -> Result<(), Failure> {
        let (project, id) = self.named.ids(session).await?;
        let mut from = self.from;
        loop {
            // Asked before the lines: one that ended has written its last by then.
            let runs = self.follow && may_write(&session.client, &project, &id).await?;
            let query = ReadAppInstanceLogsQuery { from_sequence: from, limit: Some(MOST) };
            let kept = match session.client.read_app_instance_logs(&project, &id, &query).await {
                Ok(kept) => kept.value,
                // Its node has nothing of it yet.
                Err(error) if runs && error.code() == Some("not_found") => {
                    LogLines { first_sequence: 0, lines: Vec::new(), next_sequence: from.unwrap_or(0) }
                }
                Err(error) => return Err(error.into()),
            };
            let is_all = kept.lines.is_empty();
            from = Some(self.print(session.format, &kept, from)?);
            match (is_all, runs) {
                (true, false) => return Ok(()),
                (true, true) => tokio::time::sleep(PAUSE).await,
                (false, _) => {}
            }
        }
    }

    /// Prints lines; gives the number to go on with.
    fn print(&self, format: Format, kept: &LogLines, from: Option<u64>) -> Result<u64, Failure> {
        let (first, wanted) = (kept.first_sequence, from.unwrap_or(kept.first_sequence));
        if first > wanted {
            eprintln!("lines {wanted} to {} are kept no more", first - 1);
        }
        for line in &kept.lines {
            output::line(&self.text(format, line)?)?;
        }
        Ok(kept.lines.last().map_or(kept.next_sequence.max(wanted), |line| line.sequence + 1))
    }

    fn text(&self, format: Format, line: &LogLine) -> Result<String, Failure> {
        if format.json {
            return serde_json::to_string(line).map_err(Failure::other);
        }
        let LogLine { at, sequence, stream, text } = line;
        Ok(if self.timestamps { format!("{sequence:>6}  {}  {stream}  {text}", moment(at)) } else { text.clone() })
    }
}

/// Whether a workload may still write something.
async fn may_write(client: &Client, project: &str, id: &str) -> Result<bool, Failure> {
    Ok(match client.get_app_instance(project, id).await?.value.status {
        InstancePhase::Stopped
        | InstancePhase::Failed
        | InstancePhase::Decommissioning
        | InstancePhase::Decommissioned => false,
        InstancePhase::Requested
        | InstancePhase::Validating
        | InstancePhase::Queued
        | InstancePhase::Deploying
        | InstancePhase::Running
        | InstancePhase::Stopping
        | InstancePhase::Starting
        | InstancePhase::Unknown => true,
    })
}
