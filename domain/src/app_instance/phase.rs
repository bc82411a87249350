//! The phases of a workload's life.

use crate::event::words;

words! {
    /// Where a workload is in its life.
    pub enum Phase {
        /// It is wanted.
        Requested = "requested",
        /// It cannot be launched yet.
        Validating = "validating",
        /// The node is told, and may not know it.
        Queued = "queued",
        /// The node is at it.
        Deploying = "deploying",
        /// It runs.
        Running = "running",
        /// It is to be stopped.
        Stopping = "stopping",
        /// It does not run, on demand.
        Stopped = "stopped",
        /// It is to run again.
        Starting = "starting",
        /// It does not run, by failure.
        Failed = "failed",
        /// It is to be removed.
        Decommissioning = "decommissioning",
        /// It is gone.
        Decommissioned = "decommissioned",
    }
}

impl Phase {
    /// Whether nothing of it can be on a node yet.
    #[must_use]
    pub fn is_before_node(self) -> bool {
        match self {
            Self::Requested | Self::Validating => true,
            Self::Queued
            | Self::Deploying
            | Self::Running
            | Self::Stopping
            | Self::Stopped
            | Self::Starting
            | Self::Failed
            | Self::Decommissioning
            | Self::Decommissioned => false,
        }
    }

    /// Whether it is being removed, or was.
    #[must_use]
    pub fn is_ending(self) -> bool {
        match self {
            Self::Decommissioning | Self::Decommissioned => true,
            Self::Requested
            | Self::Validating
            | Self::Queued
            | Self::Deploying
            | Self::Running
            | Self::Stopping
            | Self::Stopped
            | Self::Starting
            | Self::Failed => false,
        }
    }
}
