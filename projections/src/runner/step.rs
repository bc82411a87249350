//! One step of a runner: a look at the log, and a batch if there is one.

use gpuaas_log::entry::StoredEntry;

use super::batch::{self, Applied};
use super::build::{self, Build};
use super::lead::{GRACE, Lead};
use super::parked::ParkedStreams;
use super::status::Stage;
use super::{Runner, Status};
use crate::store::ReadError;

/// Most entries of a batch.
const BATCH: usize = 1024;
/// Rows of a retired version that are removed in one transaction.
const DISCARD: u32 = 2000;

/// Where the projection stands, as far as this process knows.
pub(super) struct At {
    build: Build,
    parked: ParkedStreams,
    lead: Lead,
    /// Whether there may be retired versions to remove.
    sweep: bool,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Another step.
    Go,
    /// Another step, which finds out where the projection stands.
    Find,
    /// Nothing until the log has more.
    Rest,
}

/// Why the runner cannot go on.
pub(super) enum Halt {
    /// For now.
    Wait(String),
    /// A higher version has taken over.
    Superseded,
    /// Until somebody acts.
    Stop {
        /// The last entry that was applied.
        position: u64,
        reason: String,
    },
}

impl Halt {
    /// What a failure of the read database at a place means.
    fn at(position: u64) -> impl FnOnce(ReadError) -> Self {
        move |error| match error.retryable() {
            true => Self::Wait(error.to_string()),
            false => Self::Stop { position, reason: error.to_string() },
        }
    }
}

impl Runner {
    /// After a failure the next step begins with what the database says.
    pub(super) async fn step(&mut self) -> Result<Next, Halt> {
        let mut at = match self.at.take() {
            Some(at) => at,
            None => self.find().await?,
        };
        let next = self.step_from(&mut at).await?;
        self.at = (next != Next::Find).then_some(at);
        Ok(next)
    }

    async fn step_from(&mut self, at: &mut At) -> Result<Next, Halt> {
        let limit = if at.lead == Lead::Ours { BATCH } else { 1 };
        let news = self.log.news(at.build.position, limit).await;
        let entries = news.map_err(|error| Halt::Wait(error.to_string()))?;
        if entries.is_empty() {
            return self.rest(at).await;
        }
        if let Lead::Theirs { .. } = at.lead {
            return self.watch(at).await;
        }
        match self.apply(at, &entries).await? {
            Next::Go if entries.len() < BATCH => self.rest(at).await,
            next => Ok(next),
        }
    }

    /// Finds where the projection stands, and drops what was in memory.
    async fn find(&mut self) -> Result<At, Halt> {
        self.projection.forget();
        let (name, version) = (self.projection.name(), self.projection.version());
        let build = match Build::open(&self.store, name, version).await.map_err(Halt::at(0))? {
            Some(build) if build.stage != build::Stage::Retired => build,
            Some(_) | None => return Err(Halt::Superseded),
        };
        self.check_chain(&build).await?;
        let parked = ParkedStreams::load(&self.store, name, version).await.map_err(Halt::at(build.position))?;
        let lead = Lead::of(&build, self.server, self.store.is_exclusive());
        let at = At { build, parked, lead, sweep: true };
        self.tell(&at, |_| {});
        Ok(at)
    }

    /// Refuses to go on with another log than that of the entries applied before.
    async fn check_chain(&self, build: &Build) -> Result<(), Halt> {
        if build.position == 0 {
            return Ok(());
        }
        let before = build.position - 1;
        match self.read(before, 1).await?.first() {
            Some(entry) if entry.hash() == build.hash => Ok(()),
            Some(_) | None => Err(Halt::Stop { position: build.position, reason: batch::foreign(build.position) }),
        }
    }

    async fn read(&self, after: u64, limit: usize) -> Result<Vec<StoredEntry>, Halt> {
        self.log.read(after, limit).await.map_err(|error| Halt::Wait(error.to_string()))
    }

    /// Another server applies entries: looks after a while whether it does.
    async fn watch(&mut self, at: &mut At) -> Result<Next, Halt> {
        tokio::time::sleep(GRACE).await;
        let lead = at.lead;
        *at = self.find().await?;
        at.lead = lead.after_grace(&at.build);
        Ok(Next::Go)
    }

    async fn apply(&mut self, at: &mut At, entries: &[StoredEntry]) -> Result<Next, Halt> {
        let Some(last) = entries.last() else { return Ok(Next::Rest) };
        let from = &at.build;
        let to = Build { position: last.position, hash: last.hash(), holder: Some(self.server), ..from.clone() };
        let applied = batch::apply(&self.store, &mut *self.projection, &mut at.parked, from, to, entries).await;
        match applied.map_err(Halt::at(from.position))? {
            Applied::To(to) => at.build = to,
            Applied::Overtaken => return Ok(Next::Find),
            Applied::Foreign(reason) => return Err(Halt::Stop { position: from.position, reason }),
            Applied::Failed { position, reason } => return self.stop_before(at, entries, position, reason).await,
        }
        self.tell(at, |_| {});
        Ok(Next::Go)
    }

    /// Applies what stands before an entry that a projection cannot get past, then stops.
    async fn stop_before(
        &mut self,
        at: &mut At,
        entries: &[StoredEntry],
        position: u64,
        reason: String,
    ) -> Result<Next, Halt> {
        self.projection.forget();
        let good = entries.iter().take_while(|entry| entry.position < position).count();
        if good > 0 {
            Box::pin(self.apply(at, &entries[..good])).await?;
        }
        Err(Halt::Stop { position: at.build.position, reason: format!("entry {position}: {reason}") })
    }

    /// Everything there was is applied.
    async fn rest(&mut self, at: &mut At) -> Result<Next, Halt> {
        let failed = Halt::at(at.build.position);
        if at.build.stage == build::Stage::Building && at.build.promote(&self.store).await.map_err(failed)? {
            return Ok(Next::Find);
        }
        self.tell(at, |status| status.caught_up = true);
        if at.sweep && at.build.stage == build::Stage::Active {
            self.sweep().await.map_err(Halt::at(at.build.position))?;
            at.sweep = false;
        }
        Ok(Next::Rest)
    }

    /// Removes what retired versions left.
    async fn sweep(&self) -> Result<(), ReadError> {
        let name = self.projection.name();
        for version in build::retired(&self.store, name).await? {
            loop {
                let mut rows = self.store.begin().await?;
                let discarded = self.projection.discard(&mut rows, version, DISCARD).await?;
                if discarded == 0 {
                    build::remove(&mut rows, name, version).await?;
                }
                rows.commit().await?;
                if discarded == 0 {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Tells readers and watchers where the projection stands.
    fn tell(&self, at: &At, more: impl FnOnce(&mut Status)) {
        let stage = match at.build.stage {
            build::Stage::Active => Stage::Active,
            build::Stage::Building | build::Stage::Retired => Stage::Building,
        };
        if stage == Stage::Active {
            self.store.moved().publish(at.build.name, at.build.position);
        }
        self.status.send_modify(|status| {
            status.position = at.build.position;
            status.parked = at.parked.len();
            status.stage = stage;
            more(status);
        });
    }
}
