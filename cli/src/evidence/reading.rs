//! What the entries of a file say of its bundle, and whether they are all of it and nothing
//! else: the bundle's own from its opening to its closing, and those that its items name.
//!
//! That each entry is the one that was signed is known already.

use std::collections::{BTreeMap, BTreeSet};

use gpuaas_domain::evidence_bundle::{Contents, Event, EvidenceBundle, Invariant, Item};
use gpuaas_domain::id::{EvidenceBundleId, EvidenceItemId, TypedId as _};
use gpuaas_domain::label::Label;
use gpuaas_domain::{Aggregate as _, EventSet as _, Kind};
use gpuaas_log::entry::{Entry, PayloadRef, StreamRef};
use gpuaas_log::evidence::EvidenceFile;
use gpuaas_log::payload;

use crate::audit::verdict::Fault;

/// A bundle that is closed and whole.
pub(super) struct Bundle {
    /// Which.
    pub(super) id: EvidenceBundleId,
    /// What is in it.
    pub(super) contents: Contents,
    /// Where each item was recorded.
    pub(super) recorded: BTreeMap<EvidenceItemId, u64>,
    /// Where each invariant was recorded last.
    pub(super) covered: BTreeMap<Label<64>, u64>,
    /// Where it was closed: its last entry.
    pub(super) closed: u64,
    /// All entries of the file.
    pub(super) entries: Vec<There>,
}

/// An entry that is in the file.
pub(super) struct There {
    /// Where it stands in the log.
    pub(super) position: u64,
    /// What happened.
    pub(super) event: String,
    /// To what.
    pub(super) resource: String,
}

/// Reads the bundle that a file is about.
pub(super) fn read(file: &EvidenceFile) -> Result<Bundle, Fault> {
    let id: EvidenceBundleId = file
        .bundle()
        .parse()
        .map_err(|error| Fault::new("file", format!("not a file of evidence: `bundle` is no id of one: {error}")))?;
    let mut reading = Reading::of(id);
    for proved in file.entries() {
        let position = proved.receipt.position();
        let entry = Entry::decode(&proved.entry).map_err(|error| Fault::new("entry", error).at(position))?;
        reading.enter(&entry)?;
    }
    reading.end()
}

/// What was read so far.
struct Reading {
    id: EvidenceBundleId,
    /// Of the bundle's last entry so far.
    version: u64,
    last: u64,
    state: EvidenceBundle,
    recorded: BTreeMap<EvidenceItemId, u64>,
    covered: BTreeMap<Label<64>, u64>,
    /// The bundle's own entries.
    own: BTreeSet<u64>,
    entries: Vec<There>,
}

impl Reading {
    fn of(id: EvidenceBundleId) -> Self {
        Self {
            id,
            version: 0,
            last: 0,
            state: EvidenceBundle::default(),
            recorded: BTreeMap::new(),
            covered: BTreeMap::new(),
            own: BTreeSet::new(),
            entries: Vec::new(),
        }
    }

    fn enter(&mut self, entry: &Entry<'_>) -> Result<(), Fault> {
        let position = entry.position;
        self.entries.push(There { position, event: entry.event.to_owned(), resource: resource(entry.stream) });
        if entry.stream != (StreamRef { kind: EvidenceBundle::KIND, id: self.id.uuid() }) {
            return Ok(());
        }
        let next = self.version + 1;
        if entry.version != next {
            let message = format!(
                "entry {position} is version {} of the bundle's stream, and version {next} comes next: an entry of the \
                 bundle is missing before it",
                entry.version
            );
            return Err(Fault::new("stream", message).at(position));
        }
        let event = event(entry)?;
        self.check(position, &event)?;
        match &event {
            Event::ItemRecorded(item) => {
                self.recorded.insert(item.id, position);
            }
            Event::InvariantRecorded(invariant) => {
                self.covered.insert(invariant.invariant.clone(), position);
            }
            Event::Created(_) | Event::Closed(_) => {}
        }
        self.own.insert(position);
        (self.version, self.last) = (next, position);
        self.state = std::mem::take(&mut self.state).evolve(&event);
        Ok(())
    }

    /// Whether this may happen now.
    fn check(&self, position: u64, event: &Event) -> Result<(), Fault> {
        let out_of_turn = |what: &str| Err(Fault::new("stream", format!("entry {position} {what}")).at(position));
        match (&self.state, event) {
            (EvidenceBundle::Absent, Event::Created(_)) | (EvidenceBundle::Open(_), Event::Closed(_)) => Ok(()),
            (EvidenceBundle::Open(_), Event::ItemRecorded(item)) => self.check_item(position, item),
            (EvidenceBundle::Open(_), Event::InvariantRecorded(invariant)) => self.check_invariant(position, invariant),
            (EvidenceBundle::Open(_) | EvidenceBundle::Closed(_), Event::Created(_)) => {
                out_of_turn("opens the bundle a second time")
            }
            (EvidenceBundle::Absent, Event::ItemRecorded(_) | Event::InvariantRecorded(_) | Event::Closed(_)) => {
                out_of_turn("is the first of the bundle, and does not open it")
            }
            (EvidenceBundle::Closed(_), Event::ItemRecorded(_) | Event::InvariantRecorded(_) | Event::Closed(_)) => {
                out_of_turn("adds to the bundle after it was closed")
            }
        }
    }

    fn check_item(&self, position: u64, item: &Item) -> Result<(), Fault> {
        let refused = |what: String| Err(Fault::new("item", format!("item {} {what}", item.id)).at(position));
        if self.recorded.contains_key(&item.id) {
            return refused("is recorded twice".to_owned());
        }
        match item.entries.iter().find(|named| **named == 0 || **named >= position) {
            Some(named) => {
                refused(format!("was recorded at {position} and names entry {named}, which is not before it"))
            }
            None => Ok(()),
        }
    }

    fn check_invariant(&self, position: u64, Invariant { invariant, items, .. }: &Invariant) -> Result<(), Fault> {
        match items.iter().find(|item| !self.recorded.contains_key(*item)) {
            Some(item) => {
                let message = format!("invariant {invariant} is covered by {item}, which is no item of the bundle");
                Err(Fault::new("invariant", message).at(position))
            }
            None => Ok(()),
        }
    }

    fn end(self) -> Result<Bundle, Fault> {
        let contents = match self.state {
            EvidenceBundle::Closed(contents) => contents,
            EvidenceBundle::Open(_) => {
                let message = format!(
                    "the last entry of the bundle in the file, {}, does not close it: it is open, or entries at its end \
                     are missing",
                    self.last
                );
                return Err(Fault::new("open", message).at(self.last));
            }
            EvidenceBundle::Absent => {
                return Err(Fault::new("stream", format!("no entry of {} itself is in the file", self.id)));
            }
        };
        check_named(&contents, &self.own, &self.entries)?;
        Ok(Bundle {
            id: self.id,
            contents,
            recorded: self.recorded,
            covered: self.covered,
            closed: self.last,
            entries: self.entries,
        })
    }
}

/// All that items name is there, and nothing is there that is neither named nor the bundle's.
fn check_named(contents: &Contents, own: &BTreeSet<u64>, entries: &[There]) -> Result<(), Fault> {
    let there: BTreeSet<u64> = entries.iter().map(|entry| entry.position).collect();
    let named = contents.items.iter().flat_map(|item| item.entries.iter().map(move |position| (*position, item.id)));
    let named: BTreeMap<u64, EvidenceItemId> = named.collect();
    if let Some((position, item)) = named.iter().find(|(position, _)| !there.contains(*position)) {
        let message = format!("item {item} names entry {position}, which is not in the file");
        return Err(Fault::new("missing", message).at(*position));
    }
    match there.iter().find(|position| !own.contains(*position) && !named.contains_key(*position)) {
        Some(position) => {
            let message = format!("entry {position} is in the file, and is neither of the bundle nor named by an item");
            Err(Fault::new("unrelated", message).at(*position))
        }
        None => Ok(()),
    }
}

/// What happened to the bundle.
fn event(entry: &Entry<'_>) -> Result<Event, Fault> {
    let position = entry.position;
    let PayloadRef::Inline(bytes) = entry.payload else {
        let message = format!("the payload of entry {position} is kept outside it, so that the bundle cannot be read");
        return Err(Fault::new("event", message).at(position));
    };
    Event::deserialize_fields(entry.event, entry.schema, &mut payload::deserializer(bytes))
        .map_err(|error| Fault::new("event", format!("entry {position} cannot be read: {error}")).at(position))
}

/// What an entry is about, as it is printed.
fn resource(stream: StreamRef<'_>) -> String {
    match Kind::parse(stream.kind) {
        Some(kind) => kind.print_id(stream.id),
        None => format!("{} {}", stream.kind, stream.id),
    }
}
