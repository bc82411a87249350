//! The one list of public event types: what may come out of a feed. The AsyncAPI
//! document is made from it.

use gpuaas_domain::{Kind, SchemaEntry};

/// A type of public event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// Its name: `project.created`.
    pub event: &'static str,
    /// Version of the payload's shape.
    pub schema: u64,
    /// Kind of the resource.
    pub kind: Kind,
}

/// Every type that can come out of a feed, in the order of the domain's registry. What was
/// written in an older shape comes out in today's.
#[must_use]
pub fn all() -> Vec<EventType> {
    let entries = entries().into_iter();
    entries.map(|(kind, entry)| EventType { event: entry.event, schema: entry.schema, kind }).collect()
}

/// Today's shape of every event, with the kind of its resource.
pub(crate) fn entries() -> Vec<(Kind, SchemaEntry)> {
    let mut today = Vec::new();
    for kind in Kind::ALL {
        let entries = kind.schemas();
        let is_latest = |entry: &SchemaEntry| {
            entries.iter().all(|other| other.event != entry.event || other.schema <= entry.schema)
        };
        today.extend(entries.iter().filter(|entry| is_latest(entry)).map(|entry| (*kind, entry.clone())));
    }
    today
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_listed_once() {
        let mut names: Vec<_> = all().iter().map(|listed| (listed.event, listed.schema)).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert!(names.len() == count && names.contains(&("project.created", 1)));
    }
}
