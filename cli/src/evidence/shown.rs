//! What is said of a bundle that was found good: that it is what the log has, and what stands
//! in it, which may be that something failed.

use gpuaas_domain::evidence_bundle::{EvidenceResult, Invariant, Item};
use gpuaas_log::checkpoint::Checkpoint;
use serde_json::{Value, json};

use super::reading::{Bundle, There};
use crate::audit::verdict::Good;

/// It, for people or for programs.
pub(super) fn good(bundle: &Bundle, under: &Checkpoint, keys: &[String], as_json: bool) -> Good {
    let contents = &bundle.contents;
    let sentence = format!(
        "{} is closed, and all of it is in the log that {} signed: {} items ({}), {} invariants ({})",
        bundle.id,
        under.origin,
        contents.items.len(),
        tally(contents.items.iter().map(|item| item.result)),
        contents.invariants.len(),
        tally(contents.invariants.values().map(|invariant| invariant.result)),
    );
    let created = &contents.created;
    let mut facts = vec![
        ("bundle", json!(bundle.id.to_string())),
        ("product", json!(created.product_scope.as_str())),
        ("commit", json!(created.source_commit.as_str())),
        ("environment", json!(created.environment_profile.as_str())),
        ("summary", json!(created.change_summary)),
        ("owner", json!(created.owner.as_str())),
        ("retention", json!(created.retention_class.as_str())),
    ];
    facts.extend(if as_json { for_programs(bundle) } else { for_people(bundle) });
    facts.extend([
        ("closed", json!(bundle.closed)),
        ("origin", json!(under.origin)),
        ("size", json!(under.size)),
        ("root", json!(under.root.to_string())),
        ("key", json!(keys)),
    ]);
    Good { sentence, facts }
}

/// How many there are of each result.
fn tally(results: impl Iterator<Item = EvidenceResult> + Clone) -> String {
    let count = |wanted: &EvidenceResult| results.clone().filter(|result| result == wanted).count();
    let counts = EvidenceResult::ALL.iter().map(|result| (result, count(result))).filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts.map(|(result, count)| format!("{count} {result}")).collect();
    if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
}

/// A line each.
fn for_people(bundle: &Bundle) -> Vec<(&'static str, Value)> {
    let item = |item: &Item| {
        format!(
            "{} at {}: {} by {}: {}; owner {}, kept for {}; shown by {}",
            item.id,
            bundle.recorded[&item.id],
            item.evidence_type,
            item.producer,
            item.result,
            item.owner,
            item.retention_class,
            listed(&item.entries),
        )
    };
    let covered = |covered: &Invariant| {
        let (name, items) = (&covered.invariant, listed(&covered.items));
        format!("{name} at {}: {}, by {items}", bundle.covered[name], covered.result)
    };
    let entry = |There { position, event, resource }: &There| format!("{position} {event}: {resource}");
    vec![
        ("item", bundle.contents.items.iter().map(item).collect()),
        ("invariant", bundle.contents.invariants.values().map(covered).collect()),
        ("entry", bundle.entries.iter().map(entry).collect()),
    ]
}

fn listed<T: ToString>(all: &[T]) -> String {
    match all {
        [] => "no entry".to_owned(),
        all => all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// The same as data.
fn for_programs(bundle: &Bundle) -> Vec<(&'static str, Value)> {
    let item = |item: &Item| {
        json!({
            "id": item.id.to_string(),
            "position": bundle.recorded[&item.id],
            "evidence_type": item.evidence_type.as_str(),
            "producer": item.producer.as_str(),
            "result": item.result.as_str(),
            "owner": item.owner.as_str(),
            "retention_class": item.retention_class.as_str(),
            "details": item.details,
            "entries": item.entries,
        })
    };
    let covered = |covered: &Invariant| {
        json!({
            "invariant": covered.invariant.as_str(),
            "position": bundle.covered[&covered.invariant],
            "result": covered.result.as_str(),
            "items": covered.items,
        })
    };
    let entry = |There { position, event, resource }: &There| json!({"position": position, "event": event, "resource": resource});
    vec![
        ("items", bundle.contents.items.iter().map(item).collect()),
        ("invariants", bundle.contents.invariants.values().map(covered).collect()),
        ("entries", bundle.entries.iter().map(entry).collect()),
    ]
}
