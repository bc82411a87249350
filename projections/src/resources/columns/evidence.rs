//! Bundles of evidence, as resources.

use gpuaas_domain::evidence_bundle::EvidenceBundle;

use super::Columns;

/// Is named for the product that it is about.
pub(super) fn bundle(state: &EvidenceBundle) -> Option<Columns> {
    let status = match state {
        EvidenceBundle::Absent => return None,
        EvidenceBundle::Open(_) => "open",
        EvidenceBundle::Closed(_) => "closed",
    };
    Some(Columns::with_status(status).named(&state.contents()?.created.product_scope))
}
