//! What the log has to be told before an event of an application is written.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::wrapped::{SCHEMA, descriptor};
use crate::Log;
use crate::append::AppendError;
use crate::appender::{Declarations, KindDeclaration, SchemaDeclaration};
use crate::declaration::KindOwner;

/// The events that are known to be declared.
#[derive(Debug, Clone, Default)]
pub(super) struct Declared {
    events: Arc<Mutex<BTreeSet<String>>>,
}

impl Declared {
    /// Declares a kind and its events where that was not done yet.
    pub(super) async fn ensure(&self, log: &Log, kind: &str, events: &BTreeSet<String>) -> Result<(), AppendError> {
        let missing: Vec<String> = events.difference(&self.known()).cloned().collect();
        if missing.is_empty() {
            return Ok(());
        }
        let schema = |event: &String| SchemaDeclaration {
            event: event.clone().into(),
            schema: SCHEMA,
            blobs: Vec::new(),
            descriptor: descriptor(),
        };
        log.declare(Declarations {
            kinds: vec![KindDeclaration { kind: kind.to_owned().into(), owner: KindOwner::Either }],
            schemas: missing.iter().map(schema).collect(),
        })
        .await?;
        self.known().extend(missing);
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
