//! How far projections have come in this process, for those who wait for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

/// The positions that this process's runners brought active projections to. Others may
/// have brought them further.
#[derive(Clone)]
pub(crate) struct Moved(Arc<watch::Sender<BTreeMap<&'static str, u64>>>);

impl Default for Moved {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(BTreeMap::new())))
    }
}

impl Moved {
    /// Says that a projection's readers see everything up to a position.
    pub(crate) fn publish(&self, projection: &'static str, position: u64) {
        self.0.send_if_modified(|positions| {
            let known = positions.entry(projection).or_default();
            let moved = *known < position;
            *known = position.max(*known);
            moved
        });
    }

    /// Waits until this process knows that a projection has come so far. Ready at once
    /// if it knows already.
    pub(crate) async fn reached(&self, projection: &str, position: u64) {
        let reached = |positions: &BTreeMap<&str, u64>| positions.get(projection).is_some_and(|at| *at >= position);
        let mut positions = self.0.subscribe();
        positions.wait_for(reached).await.expect("the sender lives as long as this handle");
    }
}
