//! Which kinds and events were declared so far (format, section 3).

use foldhash::HashMap;

use crate::declaration::{Declaration, KindOwner, LOG_KIND, SchemaDeclared};
use crate::entry::Entry;
use crate::fault::FaultKind;
use crate::name;

/// A declared kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    /// Stands for its name.
    pub(super) id: u32,
    /// Who may own its streams.
    pub(super) owner: KindOwner,
}

/// A declared version of an event's payload.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    /// Stands for event and version.
    pub(super) id: u32,
    number: u64,
    /// Top-level fields that hold digests of blobs.
    pub(super) blobs: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Declared {
    kinds: HashMap<String, Kind>,
    schemas: HashMap<String, Vec<Schema>>,
    schema_count: u32,
    /// Of the log's own events, which name no blobs in a listed field.
    own: Schema,
}

impl Default for Declared {
    fn default() -> Self {
        let mut declared =
            Self { kinds: HashMap::default(), schemas: HashMap::default(), schema_count: 0, own: Schema::default() };
        declared.add_kind(LOG_KIND, KindOwner::Platform);
        declared
    }
}

impl Declared {
    /// The kind of this name, if it was declared.
    pub(super) fn kind(&self, name: &str) -> Option<Kind> {
        self.kinds.get(name).copied()
    }

    /// The declared shape of an entry's payload.
    pub(super) fn schema(&self, entry: &Entry<'_>) -> Result<&Schema, FaultKind> {
        if !name::event_is_of_kind(entry.event, entry.stream.kind) {
            return Err(FaultKind::Event);
        }
        if entry.stream.kind == LOG_KIND {
            return Ok(&self.own);
        }
        let versions = self.schemas.get(entry.event).ok_or(FaultKind::Event)?;
        versions.iter().find(|schema| schema.number == entry.schema).ok_or(FaultKind::Event)
    }

    /// Whether a declaration may stand here: none is repeated, and keys sign under the
    /// log's origin.
    pub(super) fn check(&self, declaration: &Declaration, origin: &str) -> Result<(), FaultKind> {
        let good = match declaration {
            Declaration::KindDeclared { kind, .. } => !self.kinds.contains_key(kind),
            Declaration::SchemaDeclared(declared) => {
                let versions = self.schemas.get(&declared.event);
                versions.is_none_or(|versions| versions.iter().all(|schema| schema.number != declared.schema))
            }
            Declaration::KeysChanged { keys } => keys.iter().all(|key| key.name() == origin),
            Declaration::Created { .. } | Declaration::HeadsCommitted(_) | Declaration::PayloadErased { .. } => true,
        };
        if good { Ok(()) } else { Err(FaultKind::Event) }
    }

    pub(super) fn add_kind(&mut self, name: &str, owner: KindOwner) {
        let id = self.kinds.len() as u32;
        self.kinds.insert(name.to_owned(), Kind { id, owner });
    }

    pub(super) fn add_schema(&mut self, declared: &SchemaDeclared) {
        self.schema_count += 1;
        let schema = Schema { id: self.schema_count, number: declared.schema, blobs: declared.blobs.clone() };
        self.schemas.entry(declared.event.clone()).or_default().push(schema);
    }
}
