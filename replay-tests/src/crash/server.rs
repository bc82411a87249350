//! The process that is killed, seen from outside: it appends what it is told to, line by
//! line, and says how each ended.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;
use uuid::Uuid;

/// A wish: move this lane on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The lane.
    pub lane: u64,
    /// The command.
    pub command_id: Uuid,
    /// The version it is at.
    pub expected: u64,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its entries are in the log, the first at this position.
    Acknowledged(u64),
    /// Nothing was written.
    Refused(String),
    /// It may be in the log.
    Unknown,
}

/// A lane's outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The lane.
    pub lane: u64,
    /// How its request ended.
    pub outcome: Outcome,
}

impl Request {
    /// As a line.
    #[must_use]
    pub fn to_line(&self) -> String {
        format!("{} {} {}\n", self.lane, self.command_id.simple(), self.expected)
    }

    /// Reads a line.
    pub fn from_line(line: &str) -> Result<Self> {
        let mut words = line.split_whitespace();
        let mut word = || words.next().context("a request has three words");
        Ok(Self { lane: word()?.parse()?, command_id: word()?.parse()?, expected: word()?.parse()? })
    }
}

impl Answer {
    /// As a line.
    #[must_use]
    pub fn to_line(&self) -> String {
        match &self.outcome {
            Outcome::Acknowledged(position) => format!("{} acknowledged {position}\n", self.lane),
            Outcome::Refused(why) => format!("{} refused {}\n", self.lane, why.replace('\n', " ")),
            Outcome::Unknown => format!("{} unknown -\n", self.lane),
        }
    }

    /// Reads a line.
    pub fn from_line(line: &str) -> Result<Self> {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().context("an answer has three words");
        let lane = word()?.parse()?;
        let outcome = match word()? {
            "acknowledged" => Outcome::Acknowledged(word()?.parse()?),
            "refused" => Outcome::Refused(word()?.to_owned()),
            "unknown" => Outcome::Unknown,
            other => anyhow::bail!("not an outcome: {other}"),
        };
        Ok(Self { lane, outcome })
    }
}

/// A running process, killed when it is dropped.
pub struct Server {
    child: Child,
    requests: Option<BufWriter<ChildStdin>>,
    answers: mpsc::UnboundedReceiver<Answer>,
}

impl Server {
    /// Starts `program` (the binary `appender` of this crate) on a store, and waits until
    /// it takes requests.
    pub async fn start(program: &str, kind: &str, place: &str) -> Result<Self> {
        let mut child = Command::new(program)
            .args([kind, place])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the appender starts")?;
        let mut lines = BufReader::new(child.stdout.take().context("it was piped")?).lines();
        let first = lines.next_line().await?;
        ensure!(first.as_deref() == Some("ready"), "the appender is not ready: {first:?}");
        let (heard, answers) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            // A last line that the kill cut off was not heard.
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(answer) = Answer::from_line(&line) else { break };
                let _ = heard.send(answer);
            }
        });
        let requests = child.stdin.take().map(BufWriter::new);
        Ok(Self { child, requests, answers })
    }

    /// Sends requests. They may get lost if the process was killed.
    pub async fn send(&mut self, requests: &[Request]) {
        let Some(pipe) = &mut self.requests else { return };
        for request in requests {
            let _ = pipe.write_all(request.to_line().as_bytes()).await;
        }
        let _ = pipe.flush().await;
    }

    /// Waits for answers, and takes all that are there; none after the end.
    pub async fn hear(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        self.answers.recv_many(&mut answers, usize::MAX).await;
        answers
    }

    /// Kills it with SIGKILL, and hears what it had said before.
    pub async fn kill(mut self) -> Result<Vec<Answer>> {
        self.child.start_kill()?;
        self.child.wait().await?;
        self.last_words().await
    }

    /// Lets it end by itself.
    pub async fn end(mut self) -> Result<Vec<Answer>> {
        self.requests = None;
        let status = self.child.wait().await?;
        ensure!(status.success(), "the appender failed: {status}");
        self.last_words().await
    }

    async fn last_words(&mut self) -> Result<Vec<Answer>> {
        let mut answers = Vec::new();
        while self.answers.recv_many(&mut answers, usize::MAX).await > 0 {}
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_read_as_they_are_written() {
        let request = Request { lane: 3, command_id: Uuid::from_u128(5), expected: 7 };
        assert_eq!(Request::from_line(&request.to_line()).unwrap(), request);
        for outcome in [Outcome::Acknowledged(9), Outcome::Refused("it was so".into()), Outcome::Unknown] {
            let answer = Answer { lane: 4, outcome };
            assert_eq!(Answer::from_line(answer.to_line().trim_end()).unwrap(), answer);
        }
        assert!(Answer::from_line("4 acknow").is_err());
    }
}
