//! What was attested of allocations, kept for those that are metered just now, so that it
//! need not be read from its beginning each time. Losing it costs that reading.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use gpuaas_domain::AnyEvent;
use gpuaas_domain::attestation::{self, Attestation};
use gpuaas_domain::id::AllocationId;
use gpuaas_domain::interval::IntervalSet;

use crate::engine::Engine;
use crate::refusal::Refusal;

/// What was attested of an allocation.
#[derive(Debug, Clone, Default)]
pub(super) struct Attested {
    /// Up to which version of its attestations.
    pub(super) version: u64,
    /// When.
    pub(super) when: IntervalSet,
}

/// What is known of all. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Known(Arc<Mutex<BTreeMap<AllocationId, Attested>>>);

impl Known {
    fn held(&self) -> MutexGuard<'_, BTreeMap<AllocationId, Attested>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was attested of an allocation, up to now.
    pub(super) async fn of(&self, engine: &Engine, id: AllocationId) -> Result<Attested, Refusal> {
        let mut attested = self.held().get(&id).cloned().unwrap_or_default();
        let mut when = attested.when.into_vec();
        for happened in engine.history().of::<Attestation>(id, attested.version).await? {
            attested.version = happened.version;
            if let AnyEvent::Attestation(attestation::Event::Recorded(recorded)) = happened.event {
                when.extend(recorded.statement.intervals);
            }
        }
        attested.when = when.into_iter().collect();
        self.held().insert(id, attested.clone());
        Ok(attested)
    }

    /// Nothing more is expected of an allocation.
    pub(super) fn forget(&self, id: AllocationId) {
        self.held().remove(&id);
    }
}
