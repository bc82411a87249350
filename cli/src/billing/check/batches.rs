//! Postings: batches leave no usage out and rate none twice, name what they rated, and come
//! to what the rules say.

use std::collections::BTreeMap;

use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::AllocationId;
use gpuaas_domain::ledger::{self, NumberedUsage, Posted, postings};
use gpuaas_domain::rating::Usage;
use gpuaas_log::tree::{Frontier, leaf_hash};

use super::super::evidence::{Evidence, UsageEntry};
use super::super::{Unproven, need};

/// Checks every batch, and says how many there are.
pub(super) fn check(evidence: &Evidence) -> Result<usize, Unproven> {
    let corrected = corrected(evidence);
    let mut rated_through = 0;
    let mut checked = 0;
    for (position, event) in &evidence.ledger {
        let ledger::Event::Posted(posted) = event else { continue };
        let first = rated_through + 1;
        need(posted.usage.last >= first && posted.usage.last < *position, || {
            format!("batch {position} rates usage that another one rates, or that comes later")
        })?;
        let usage: Vec<(u64, &UsageEntry)> =
            evidence.usage.range(first..=posted.usage.last).map(|(at, entry)| (*at, entry)).collect();
        names_all(*position, posted, &usage)?;
        comes_to(*position, posted, &usage, &corrected)?;
        rated_through = posted.usage.last;
        checked += 1;
    }
    Ok(checked)
}

/// Positions of what was metered, by stream and version: what corrections name.
fn corrected(evidence: &Evidence) -> BTreeMap<(AllocationId, u64), u64> {
    let metered = evidence.usage.iter().filter_map(|(position, entry)| match &entry.usage {
        Usage::Metered(metered) => Some(((metered.subject.allocation, entry.version), *position)),
        Usage::Corrected(_) | Usage::Reported(_) => None,
    });
    metered.collect()
}

fn names_all(position: u64, posted: &Posted, usage: &[(u64, &UsageEntry)]) -> Result<(), Unproven> {
    let ends = usage.first().zip(usage.last()).map(|(first, last)| (first.0, last.0));
    let named = &posted.usage;
    let whole = ends == Some((named.first, named.last)) && usage.len() as u64 == named.count;
    need(whole, || format!("batch {position} leaves usage out"))?;
    let mut tree = Frontier::new();
    for (_, entry) in usage {
        tree.push_hash(leaf_hash(&entry.hash.0));
    }
    need(Digest(tree.root().0) == named.root, || format!("batch {position} has another root"))
}

/// The postings are those of the usage at the batch's prices.
fn comes_to(
    position: u64,
    posted: &Posted,
    usage: &[(u64, &UsageEntry)],
    corrected: &BTreeMap<(AllocationId, u64), u64>,
) -> Result<(), Unproven> {
    let numbered = |(position, entry): &(u64, &UsageEntry)| {
        let corrects = match &entry.usage {
            Usage::Corrected(more) => corrected.get(&(more.subject.allocation, more.corrects)).copied(),
            Usage::Metered(_) | Usage::Reported(_) => None,
        };
        NumberedUsage { position: *position, corrects, usage: entry.usage.clone() }
    };
    let numbered: Vec<NumberedUsage> = usage.iter().map(numbered).collect();
    let due = postings(&numbered, &posted.prices).map_err(|error| Unproven::books(error.to_string()))?;
    let differs = due.iter().zip(&posted.postings).find(|(due, posted)| due != posted).map(|(due, _)| due.usage);
    need(differs.is_none() && due.len() == posted.postings.len(), || match differs {
        Some(usage) => format!("batch {position} posts another amount for the usage at {usage}"),
        None => format!("batch {position} posts other usage"),
    })
}
