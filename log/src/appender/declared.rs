//! Which kinds and schemas the log has declared, and what is still to be.

use rustc_hash::FxHashMap;

use crate::append::{AppendError, Name};
use crate::declaration::{Declaration, KindOwner, SchemaDeclared};
use crate::hash::Hash;

/// A kind to declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindDeclaration {
    /// The kind.
    pub kind: Name,
    /// Who may own its streams.
    pub owner: KindOwner,
}

/// A version of an event's payload to declare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDeclaration {
    /// The event.
    pub event: Name,
    /// Version of its payload's shape, from 1.
    pub schema: u64,
    /// Top-level payload fields that hold digests of blobs.
    pub blobs: Vec<Name>,
    /// A JSON Schema of the payload; becomes a blob.
    pub descriptor: Vec<u8>,
}

impl SchemaDeclaration {
    /// What the log says of it.
    fn declared(&self) -> SchemaDeclared {
        SchemaDeclared {
            event: self.event.clone().into_owned(),
            schema: self.schema,
            descriptor: Hash::of_blob(&self.descriptor),
            blobs: self.blobs.iter().map(|field| field.clone().into_owned()).collect(),
        }
    }
}

/// Kinds and schemas that a program needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declarations {
    /// Kinds.
    pub kinds: Vec<KindDeclaration>,
    /// Schemas.
    pub schemas: Vec<SchemaDeclaration>,
}

/// What the log has declared so far.
#[derive(Debug, Default)]
pub(super) struct Declared {
    kinds: FxHashMap<String, KindOwner>,
    schemas: FxHashMap<String, Vec<SchemaDeclared>>,
}

impl Declared {
    pub(super) fn kind(&self, kind: &str) -> Option<KindOwner> {
        self.kinds.get(kind).copied()
    }

    pub(super) fn schema(&self, event: &str, schema: u64) -> Option<&SchemaDeclared> {
        self.schemas.get(event)?.iter().find(|declared| declared.schema == schema)
    }

    pub(super) fn take_in(&mut self, declaration: Declaration) {
        match declaration {
            Declaration::KindDeclared { kind, owner } => {
                self.kinds.insert(kind, owner);
            }
            Declaration::SchemaDeclared(schema) => self.schemas.entry(schema.event.clone()).or_default().push(schema),
            Declaration::Created { .. }
            | Declaration::HeadsCommitted(_)
            | Declaration::KeysChanged { .. }
            | Declaration::PayloadErased { .. } => {}
        }
    }

    /// The declarations that are not in the log yet, with the descriptors that they
    /// bring. One that contradicts the log is refused.
    pub(super) fn missing(&self, wanted: &Declarations) -> Result<(Vec<Declaration>, Vec<Vec<u8>>), AppendError> {
        let (mut missing, mut descriptors) = (Vec::new(), Vec::new());
        for KindDeclaration { kind, owner } in &wanted.kinds {
            match self.kind(kind) {
                None => missing.push(Declaration::KindDeclared { kind: kind.clone().into_owned(), owner: *owner }),
                Some(declared) if declared == *owner => {}
                Some(_) => return Err(contradicts(kind)),
            }
        }
        for schema in &wanted.schemas {
            let declared = schema.declared();
            match self.schema(&schema.event, schema.schema) {
                None => {
                    missing.push(Declaration::SchemaDeclared(declared));
                    if !descriptors.contains(&schema.descriptor) {
                        descriptors.push(schema.descriptor.clone());
                    }
                }
                Some(there) if *there == declared => {}
                Some(_) => return Err(contradicts(&schema.event)),
            }
        }
        check_each(&missing)?;
        Ok((missing, descriptors))
    }
}

/// A declaration that no reader would take must not be written.
fn check_each(declarations: &[Declaration]) -> Result<(), AppendError> {
    let mut seen = std::collections::HashSet::new();
    for declaration in declarations {
        Declaration::decode(declaration.event(), &declaration.encode())
            .map_err(|error| AppendError::Invalid(format!("a declaration: {error}")))?;
        let key = match declaration {
            Declaration::KindDeclared { kind, .. } => (kind.clone(), 0),
            Declaration::SchemaDeclared(schema) => (schema.event.clone(), schema.schema),
            Declaration::Created { .. }
            | Declaration::HeadsCommitted(_)
            | Declaration::KeysChanged { .. }
            | Declaration::PayloadErased { .. } => continue,
        };
        if !seen.insert(key) {
            return Err(AppendError::Invalid(format!("{} is declared twice", declaration.event())));
        }
    }
    Ok(())
}

fn contradicts(what: &str) -> AppendError {
    AppendError::Invalid(format!("{what} was declared otherwise: a released shape is frozen, declare a new version"))
}
