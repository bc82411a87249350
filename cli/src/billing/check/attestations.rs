//! What nodes attested: each statement is signed, by the node that the allocation is on.

use ed25519_dalek::{Signature, VerifyingKey};
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::attestation::Recorded;
use gpuaas_domain::fixed::PublicKey;
use gpuaas_domain::id::{AllocationId, NodeId, OrganizationId};

use super::super::evidence::{Attested, Evidence, Platform};
use super::super::{Unproven, need};

/// Checks every attestation, and says how many there are.
pub(super) fn check(evidence: &Evidence, organization: OrganizationId) -> Result<usize, Unproven> {
    let mut checked = 0;
    for (allocation, attestations) in &evidence.attestations {
        let placed = evidence.allocations.get(allocation).and_then(Allocation::placed);
        for attested in attestations {
            let position = attested.position;
            let node = placed.map(|placed| placed.node);
            let node = node.ok_or_else(|| Unproven::books(format!("{position} attests what was never placed")))?;
            let own = attested.recorded.organization == organization;
            need(own, || format!("{position} is about another organization"))?;
            one(*allocation, node, attested)?;
            if let Some(platform) = &evidence.platform {
                need(key_of(platform, node, position) == Some(attested.recorded.public_key), || {
                    format!("{position} is signed with a key that was not the node's")
                })?;
            }
            checked += 1;
        }
    }
    Ok(checked)
}

fn one(allocation: AllocationId, node: NodeId, attested: &Attested) -> Result<(), Unproven> {
    let Attested { position, recorded } = attested;
    let statement = &recorded.statement;
    need(statement.allocation == allocation, || format!("{position} attests another allocation"))?;
    need(statement.node == node, || format!("{position} is of a node that the allocation is not on"))?;
    need(statement.is_ordered(), || format!("{position} attests intervals that are out of order"))?;
    need(is_signed(recorded), || format!("{position} has a signature that is wrong"))
}

/// Strictly: one text, one signature.
fn is_signed(recorded: &Recorded) -> bool {
    let signature = Signature::from_bytes(&recorded.signature.0);
    let key = VerifyingKey::from_bytes(&recorded.public_key.0);
    key.and_then(|key| key.verify_strict(&recorded.statement.signed_bytes(), &signature)).is_ok()
}

/// The key with which a node had enrolled before a position.
fn key_of(platform: &Platform, node: NodeId, position: u64) -> Option<PublicKey> {
    let enrolled = platform.keys.get(&node)?.iter().rev();
    enrolled.skip_while(|(at, _)| *at > position).map(|(_, key)| *key).next()
}
