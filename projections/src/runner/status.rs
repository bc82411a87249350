//! What a runner says of itself, for readiness and metrics.

/// Where a projection stands in this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The projection.
    pub projection: &'static str,
    /// The version that this process builds.
    pub version: u32,
    /// The last entry that is known to have been applied to it, by any server.
    pub position: u64,
    /// Whether it had applied all there was at some moment since this process began.
    pub caught_up: bool,
    /// Streams that it skips.
    pub parked: usize,
    /// What it does.
    pub stage: Stage,
}

/// What a runner does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// It has not reached the read database yet.
    Starting,
    /// It builds a version that readers do not use yet.
    Building,
    /// It keeps the version up that readers use.
    Active,
    /// The log or the read database cannot be used at present; it tries again.
    Waiting(String),
    /// It ended: a higher version, of a newer program, has taken over.
    Superseded,
    /// It ended, and will not go on by itself.
    Stopped {
        /// The last entry that was applied.
        position: u64,
        /// Why the next one was not.
        reason: String,
    },
}

impl Status {
    /// Whether this process should be asked for what the projection holds. A parked
    /// stream is reported and keeps nobody from the others.
    #[must_use]
    pub fn ready(&self) -> bool {
        match self.stage {
            Stage::Active => self.caught_up,
            Stage::Starting | Stage::Building | Stage::Waiting(_) | Stage::Superseded | Stage::Stopped { .. } => false,
        }
    }
}
