//! The log as C2SP `tlog-tiles` 1.0 publishes it, under `/log`: its checkpoint, the tiles of
//! its tree, and the entries in bundles.
//!
//! All of it is for platform auditors, unless the operator opens checkpoint and hash tiles
//! to everybody. Then the checkpoint that everybody sees moves at a fixed cadence only, so
//! that it does not tell how much happens when; nothing beyond it is shown. Bundles are for
//! platform auditors always.
//!
//! What this is not for: receipts and exports, which end on checkpoints signed in between.

mod checkpoint;
mod reader;
mod tile;

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use gpuaas_domain::Timestamp;

use crate::app::Shared;

/// The media type of what is signed, and of proofs.
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

/// What the operator publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Publication {
    /// Whether everybody may fetch the checkpoint and the hash tiles.
    pub open: bool,
    /// How often the checkpoint moves that everybody sees.
    pub every: Duration,
}

impl Default for Publication {
    /// Nothing for everybody.
    fn default() -> Self {
        Self { open: false, every: Duration::from_secs(3_600) }
    }
}

impl Publication {
    /// When the checkpoint moved last that everybody sees: the same for all servers, and
    /// after a restart.
    #[must_use]
    pub fn moved(&self, now: Timestamp) -> Timestamp {
        Timestamp(now.0 - now.0 % self.cadence())
    }

    /// When it moves next.
    pub(crate) fn moves(&self, now: Timestamp) -> Timestamp {
        Timestamp(self.moved(now).0.saturating_add(self.cadence()))
    }

    /// Microseconds between two moves.
    fn cadence(&self) -> u64 {
        u64::try_from(self.every.as_micros()).unwrap_or(u64::MAX).max(1)
    }
}

/// What is published, outside of the API: the paths are the specification's.
pub(crate) fn router() -> Router<Shared> {
    Router::new().route("/log/checkpoint", get(checkpoint::get)).route("/log/tile/{*path}", get(tile::get))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkpoint_moves_at_the_cadence_whenever_it_is_asked_for() {
        let hourly = Publication { open: true, ..Publication::default() };
        let hour = 3_600 * 1_000_000;
        let moved = |now| hourly.moved(Timestamp(now)).0;
        assert_eq!([moved(5 * hour), moved(5 * hour + 1), moved(6 * hour - 1)], [5 * hour; 3]);
        assert_eq!(moved(6 * hour), 6 * hour);
        let moves = |now| hourly.moves(Timestamp(now)).0;
        assert_eq!([moves(5 * hour), moves(6 * hour - 1), moves(6 * hour)], [6 * hour, 6 * hour, 7 * hour]);
        let always = Publication { every: Duration::ZERO, ..hourly };
        assert_eq!(always.moved(Timestamp(7)), Timestamp(7));
    }
}
