//! Hands one witness what is published, again and again.

use std::time::Duration;

use gpuaas_log::Log;
use gpuaas_log::checkpoint::{SignatureLine, SignedCheckpoint};
use gpuaas_log::store::StoreError;
use gpuaas_log::witness::{AddCheckpoint, read_answer};
use tokio::sync::watch;

use super::standing::{Standing, Trouble, TroubleKind};
use crate::keystore::now;
use crate::outgoing::{ListedWitness, Reply};

/// Shortest and longest wait after trouble.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How often a witness may name another size before it is not believed.
const ATTEMPTS: usize = 3;
/// How far a witness's clock may be ahead of this one, in seconds.
const AHEAD: u64 = 600;
/// What came of requests, by witness.
const REQUESTS: &str = "gpuaas_witness_requests_total";

/// One witness, and what it has seen.
pub(super) struct Feeder {
    log: Log,
    witness: ListedWitness,
    published: watch::Receiver<Option<SignedCheckpoint>>,
    standing: watch::Sender<Standing>,
    patience: Duration,
    /// Size of the last checkpoint of which it gave a cosignature that holds. What it only
    /// says that it has seen is not kept.
    seen: u64,
}

impl Feeder {
    pub(super) fn new(
        log: Log,
        witness: ListedWitness,
        published: watch::Receiver<Option<SignedCheckpoint>>,
        standing: watch::Sender<Standing>,
        patience: Duration,
    ) -> Self {
        Self { log, witness, published, standing, patience, seen: 0 }
    }

    /// Runs until it is dropped. Of checkpoints that come while it waits, the last counts.
    pub(super) async fn run(mut self) {
        let mut wait = WAITS.0;
        while let Err(error) = self.take_up().await {
            tracing::warn!(%error, witness = self.witness.name(), "what a witness has cosigned is not known yet");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(WAITS.1);
        }
        wait = WAITS.0;
        let mut done = self.seen;
        loop {
            let newer = |signed: &Option<SignedCheckpoint>| {
                signed.as_ref().is_some_and(|signed| signed.checkpoint().size > done)
            };
            let Some(signed) = self.published.wait_for(newer).await.ok().and_then(|signed| signed.clone()) else {
                // Nobody signs any more.
                return std::future::pending().await;
            };
            match self.hand(&signed).await {
                Ok(()) => {
                    done = signed.checkpoint().size;
                    wait = WAITS.0;
                    self.well(done);
                }
                Err(trouble) => {
                    self.troubled(trouble);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(WAITS.1);
                }
            }
        }
    }

    async fn take_up(&mut self) -> Result<(), StoreError> {
        self.seen = self.log.last_cosigned_by(&self.witness.key).await?.unwrap_or(0);
        self.standing.send_modify(|standing| standing.cosigned = self.seen);
        Ok(())
    }

    /// Has the witness cosign a checkpoint, going on from what it says that it has seen.
    async fn hand(&mut self, signed: &SignedCheckpoint) -> Result<(), Trouble> {
        let size = signed.checkpoint().size;
        let mut old = self.seen;
        for _ in 0..ATTEMPTS {
            if old > size {
                let why = format!(
                    "it has cosigned a tree of {old} entries, and this log signed {size}: somebody else signs with the \
                     log's key, or the log was put back",
                );
                return Err(Trouble::new(TroubleKind::Disagrees, why));
            }
            match self.ask(old, signed).await? {
                Reply::Cosigned(lines) => {
                    let line = self.cosignature(signed, &lines)?;
                    let kept = self.log.keep_cosignature(size, &self.witness.key, &line).await;
                    kept.map_err(|error| Trouble::new(TroubleKind::Unkept, error.to_string()))?;
                    self.seen = size;
                    return Ok(());
                }
                // So answered witnesses of the specification's earlier text.
                Reply::Conflict(theirs) if theirs == old && old == size => {
                    let why = "it has seen another tree of the same size: the log was forked";
                    return Err(Trouble::new(TroubleKind::Disagrees, why));
                }
                Reply::Conflict(theirs) => old = theirs,
                Reply::Refused(422) => {
                    let why = "it has seen a tree of this log that does not go on to the one that was signed";
                    return Err(Trouble::new(TroubleKind::Disagrees, why));
                }
                Reply::Refused(status @ 403) => {
                    let why =
                        format!("it answers {status}: it does not trust the log's key; tell its operator the key");
                    return Err(Trouble::new(TroubleKind::Refuses, why));
                }
                Reply::Refused(status @ 404) => {
                    let why = format!("it answers {status}: it does not know this log, or is at another address");
                    return Err(Trouble::new(TroubleKind::Refuses, why));
                }
                Reply::Refused(status) => {
                    return Err(Trouble::new(TroubleKind::Refuses, format!("it answers {status}")));
                }
                Reply::Senseless => {
                    return Err(Trouble::new(TroubleKind::Lies, "its answer is none of its protocol"));
                }
            }
        }
        Err(Trouble::new(TroubleKind::Lies, "it names another size each time it is asked"))
    }

    async fn ask(&self, old: u64, signed: &SignedCheckpoint) -> Result<Reply, Trouble> {
        let proof = self.log.goes_on(old, signed.checkpoint()).await;
        let proof = proof.map_err(|error| Trouble::new(TroubleKind::Unkept, error.to_string()))?;
        let body = AddCheckpoint { old, proof, signed: signed.clone() }.to_body();
        match tokio::time::timeout(self.patience, self.witness.add_checkpoint(body)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(unanswered)) => Err(Trouble::new(TroubleKind::Down, unanswered.0)),
            Err(_) => {
                let why = format!("it does not answer within {} s", self.patience.as_secs_f32());
                Err(Trouble::new(TroubleKind::Slow, why))
            }
        }
    }

    /// The witness's line, which must be one of its key on this checkpoint and of a time that
    /// can be.
    fn cosignature(&self, signed: &SignedCheckpoint, answer: &[u8]) -> Result<SignatureLine, Trouble> {
        let lies = |why: &str| Trouble::new(TroubleKind::Lies, why);
        let lines = read_answer(answer).map_err(|error| lies(error.0))?;
        // Lines of other keys are ignored; one under its own name must hold.
        let line = lines.into_iter().find(|line| self.witness.key.owns(line));
        let line = line.ok_or_else(|| lies("its answer holds no cosignature of its key"))?;
        let time = self.witness.key.time_of(signed.checkpoint(), &line);
        let time = time.ok_or_else(|| lies("its cosignature does not verify"))?;
        if time == 0 || time > now().0 / 1_000_000 + AHEAD {
            return Err(lies("its cosignature is of a time that has not come yet"));
        }
        Ok(line)
    }

    fn well(&self, size: u64) {
        self.count("cosigned");
        let gauge = metrics::gauge!("gpuaas_witness_cosigned_size", "witness" => self.witness.name().to_owned());
        gauge.set(u32::try_from(size).map_or(size as f64, f64::from));
        self.standing.send_modify(|standing| {
            standing.cosigned = size;
            if standing.trouble.take().is_some() {
                tracing::info!(witness = standing.witness, size, "a witness cosigns again");
            }
        });
    }

    fn troubled(&self, trouble: Trouble) {
        let (witness, why) = (self.witness.name(), &trouble.why);
        match trouble.kind {
            TroubleKind::Disagrees | TroubleKind::Lies => tracing::error!(witness, why, "a witness did not cosign"),
            TroubleKind::Down | TroubleKind::Slow | TroubleKind::Refuses | TroubleKind::Unkept => {
                tracing::warn!(witness, why, "a witness did not cosign");
            }
        }
        self.count(trouble.kind.as_str());
        self.standing.send_modify(|standing| standing.trouble = Some(trouble));
    }

    fn count(&self, outcome: &'static str) {
        let labels = [("witness", self.witness.name().to_owned()), ("outcome", outcome.to_owned())];
        metrics::counter!(REQUESTS, &labels).increment(1);
    }
}
