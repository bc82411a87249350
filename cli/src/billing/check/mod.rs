//! Whether the books agree with themselves: `docs/money.md`, section 6.

mod attestations;
mod batches;
mod prices;
#[cfg(test)]
mod tests;
mod usage;

use gpuaas_domain::Aggregate as _;
use gpuaas_domain::id::OrganizationId;
use gpuaas_domain::ledger::{self, Ledger};

use super::evidence::Evidence;
use super::{Unproven, need};

/// What was checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checked {
    /// Entries of usage.
    pub(super) usage: usize,
    /// Attestations and their signatures.
    pub(super) attestations: usize,
    /// Batches of postings.
    pub(super) batches: usize,
    /// Whether the nodes' keys and the price book were there to compare with.
    pub(super) against_platform: bool,
}

/// Checks everything but the invoices.
pub(super) fn books(evidence: &Evidence, organization: OrganizationId) -> Result<Checked, Unproven> {
    let attestations = attestations::check(evidence, organization)?;
    usage::check(evidence, organization)?;
    let batches = batches::check(evidence)?;
    prices::check(evidence)?;
    let against_platform = evidence.platform.is_some();
    Ok(Checked { usage: evidence.usage.len(), attestations, batches, against_platform })
}

/// The ledger after everything that happened to it, and before each of its invoices.
pub(super) fn ledger(
    evidence: &Evidence,
    mut before_invoice: impl FnMut(u64, &ledger::Details, &ledger::Invoiced) -> Result<(), Unproven>,
) -> Result<Ledger, Unproven> {
    let mut ledger = Ledger::default();
    for (position, event) in &evidence.ledger {
        if let (Ledger::Open(details), ledger::Event::Invoiced(invoiced)) = (&ledger, event) {
            before_invoice(*position, details, invoiced)?;
        }
        let opened = matches!(event, ledger::Event::Opened(_));
        need(opened == (ledger == Ledger::Absent), || format!("the ledger is opened once, and not at {position}"))?;
        ledger = ledger.evolve(event);
    }
    Ok(ledger)
}
