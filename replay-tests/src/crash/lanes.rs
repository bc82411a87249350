//! Clients: each has a lane of its own and one request at a time, keeps asking with the
//! same command until it knows the end, and relies only on what is recorded.

use std::time::Duration;

use anyhow::{Result, ensure};
use uuid::Uuid;

use super::recorder::{Acknowledged, Recorder};
use super::server::{Answer, Outcome, Request, Server};
use super::world::ENTRIES;

/// Many clients of one server.
#[derive(Debug)]
pub struct Lanes {
    recorder: Recorder,
    /// The lane's next request; its place is the lane's number less the first's.
    requests: Vec<Request>,
    /// Lanes whose request was sent and not answered.
    waiting: Vec<bool>,
    first: u64,
    /// Requests that were refused: nothing of them may be in the log.
    refused: Vec<Uuid>,
}

impl Lanes {
    /// So many lanes, from a number on.
    pub fn new(first: u64, count: u64) -> Result<Self> {
        let request = |lane| Request { lane, command_id: Uuid::from_bytes(rand::random()), expected: 0 };
        Ok(Self {
            recorder: Recorder::new()?,
            requests: (first..first + count).map(request).collect(),
            waiting: vec![false; usize::try_from(count)?],
            first,
            refused: Vec::new(),
        })
    }

    /// How many requests are in flight.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.waiting.iter().filter(|waiting| **waiting).count()
    }

    /// Goes on for a time. All lanes have a request in flight when it returns.
    pub async fn run(&mut self, server: &mut Server, time: Duration) -> Result<()> {
        let until = tokio::time::Instant::now() + time;
        self.ask(server).await;
        while let Ok(answers) = tokio::time::timeout_at(until, server.hear()).await {
            ensure!(!answers.is_empty(), "the appender ended by itself");
            if self.take(answers)? {
                // A store that is not there answers at once: no need to ask that fast.
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            self.ask(server).await;
        }
        Ok(())
    }

    async fn ask(&mut self, server: &mut Server) {
        let idle = |(request, waiting): (&Request, &mut bool)| (!std::mem::replace(waiting, true)).then_some(*request);
        let requests: Vec<Request> = self.requests.iter().zip(&mut self.waiting).filter_map(idle).collect();
        server.send(&requests).await;
    }

    /// Records what was acknowledged before anybody goes on. Answers whether something
    /// was refused.
    pub fn take(&mut self, answers: Vec<Answer>) -> Result<bool> {
        let mut acknowledged = Vec::new();
        let mut any_refused = false;
        for Answer { lane, outcome } in answers {
            let place = usize::try_from(lane - self.first)?;
            self.waiting[place] = false;
            let request = &mut self.requests[place];
            match outcome {
                Outcome::Acknowledged(position) => {
                    acknowledged.push(Acknowledged { command_id: request.command_id, position });
                    request.expected += ENTRIES;
                    request.command_id = Uuid::from_bytes(rand::random());
                }
                Outcome::Refused(why) => {
                    ensure!(why.contains("unavailable"), "refused for no good reason: {why}");
                    self.refused.push(request.command_id);
                    request.command_id = Uuid::from_bytes(rand::random());
                    any_refused = true;
                }
                // The same command again: it is answered with the place of the first.
                Outcome::Unknown => any_refused = true,
            }
        }
        self.recorder.record(&acknowledged)?;
        Ok(any_refused)
    }

    /// The server was killed: what it said last counts, the rest is asked again.
    pub fn killed(&mut self, last_words: Vec<Answer>) -> Result<()> {
        self.take(last_words)?;
        self.waiting.fill(false);
        Ok(())
    }

    /// Waits for the answers to what is in flight, and asks no more.
    pub async fn finish(&mut self, server: &mut Server) -> Result<()> {
        while self.in_flight() > 0 {
            let answers = server.hear().await;
            ensure!(!answers.is_empty(), "the appender ended by itself");
            self.take(answers)?;
        }
        Ok(())
    }

    /// What was acknowledged, what was refused, and the version of each lane.
    pub fn into_record(self) -> Result<Record> {
        let versions = self.requests.iter().map(|request| (request.lane, request.expected)).collect();
        Ok(Record { acknowledged: self.recorder.read()?, refused: self.refused, versions })
    }
}

/// What the clients know.
#[derive(Debug)]
pub struct Record {
    /// These are in the log.
    pub acknowledged: Vec<Acknowledged>,
    /// Nothing of these is.
    pub refused: Vec<Uuid>,
    /// Lane and version.
    pub versions: Vec<(u64, u64)>,
}
