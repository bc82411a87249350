//! Blobs and detached bodies: each stands before the first entry that names it, and is
//! named (format, sections 2, 3 and 6).

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use super::checked::CheckedBlob;
use super::declared::Schema;
use crate::encoding::{Reader, Value};
use crate::entry::{DETACHED_SALT, PayloadRef};
use crate::fault::FaultKind;
use crate::hash::Hash;

/// One that was brought.
#[derive(Debug)]
struct Brought {
    length: u64,
    is_body: bool,
    is_named: bool,
    /// Kept until an entry names it as its body: the payload may name blobs.
    bytes: Option<Box<[u8]>>,
    /// The schema whose fields of blobs were checked when it was named as a body.
    checked_as: Option<u32>,
}

#[derive(Debug, Default)]
pub(crate) struct Blobs {
    brought: Vec<Brought>,
    by_blob_digest: HashMap<Hash, usize>,
    by_body_digest: HashMap<Hash, usize>,
    unnamed: usize,
    /// Where bodies are missing that were not erased.
    missing: BTreeSet<u64>,
    /// Digests of bodies that an entry named in vain: too late to bring them.
    missed: HashSet<Hash>,
}

impl Blobs {
    /// Takes one in, for a later entry to name.
    pub(crate) fn bring(&mut self, blob: &CheckedBlob<'_>) {
        self.unnamed += 1;
        if self.by_blob_digest.contains_key(&blob.blob_digest) {
            // The same again is another that no entry names.
            return;
        }
        let place = self.brought.len();
        self.by_blob_digest.insert(blob.blob_digest, place);
        if !self.missed.contains(&blob.body_digest) {
            self.by_body_digest.insert(blob.body_digest, place);
        }
        self.brought.push(Brought {
            length: blob.bytes.len() as u64,
            is_body: blob.is_body,
            is_named: false,
            bytes: blob.is_body.then(|| blob.bytes.into()),
            checked_as: None,
        });
    }

    /// Names a blob that must be there.
    pub(super) fn name_blob(&mut self, digest: &Hash) -> Result<(), FaultKind> {
        let place = *self.by_blob_digest.get(digest).ok_or(FaultKind::Blob)?;
        self.mark_named(place);
        Ok(())
    }

    /// Names an entry's detached body, and the blobs in the fields that its schema lists.
    /// `place` is where a missing body is to be reported.
    pub(crate) fn name_all(&mut self, payload: PayloadRef<'_>, place: u64, schema: &Schema) -> Result<(), FaultKind> {
        match payload {
            PayloadRef::Inline(payload) => self.name_fields(payload, schema),
            PayloadRef::Detached { digest, length } => match self.by_body_digest.get(&digest).copied() {
                Some(brought) => self.name_body(brought, length, schema),
                None => {
                    self.missed.insert(digest);
                    self.missing.insert(place);
                    Ok(())
                }
            },
        }
    }

    /// Accounts for a missing body. Answers whether there was one to account for.
    pub(super) fn erase(&mut self, position: u64) -> bool {
        self.missing.remove(&position)
    }

    /// Where bodies are missing that were not erased, ascending.
    pub(crate) fn missing(&self) -> impl Iterator<Item = u64> {
        self.missing.iter().copied()
    }

    pub(crate) fn has_unnamed(&self) -> bool {
        self.unnamed > 0
    }

    fn name_body(&mut self, place: usize, length: u64, schema: &Schema) -> Result<(), FaultKind> {
        self.mark_named(place);
        let body = &mut self.brought[place];
        if !body.is_body || body.length != length {
            return Err(FaultKind::Blob);
        }
        if schema.blobs.is_empty() || body.checked_as == Some(schema.id) {
            return Ok(());
        }
        // The random bytes make a body one entry's own. Should two share one, and its
        // bytes be gone, what it names under another schema can no longer be checked.
        let bytes = body.bytes.take().ok_or(FaultKind::Blob)?;
        body.checked_as = Some(schema.id);
        self.name_fields(&bytes[DETACHED_SALT..], schema)
    }

    fn name_fields(&mut self, payload: &[u8], schema: &Schema) -> Result<(), FaultKind> {
        if schema.blobs.is_empty() {
            return Ok(());
        }
        for digest in digests(payload, &schema.blobs).ok_or(FaultKind::Blob)? {
            self.name_blob(&digest)?;
        }
        Ok(())
    }

    fn mark_named(&mut self, place: usize) {
        if !std::mem::replace(&mut self.brought[place].is_named, true) {
            self.unnamed -= 1;
        }
    }
}

/// The digests in the listed top-level fields of a good payload. `None` if one holds
/// something else.
pub(crate) fn digests(payload: &[u8], fields: &[String]) -> Option<Vec<Hash>> {
    let mut r = Reader::new(payload);
    let Ok(Value::Map(length)) = r.value() else { return None };
    let mut digests = Vec::new();
    for _ in 0..length {
        let name = r.str().ok()?;
        if fields.iter().any(|field| field == name) {
            digests.extend(r.hash_or_nil().ok()?);
        } else {
            skip(&mut r)?;
        }
    }
    Some(digests)
}

/// Passes over one value, whatever it holds.
fn skip(r: &mut Reader<'_>) -> Option<()> {
    let mut left = 1;
    while left > 0 {
        left -= 1;
        left += match r.value().ok()? {
            Value::Array(length) => length,
            Value::Map(length) => length * 2,
            Value::Nil | Value::Bool(_) | Value::Uint(_) | Value::Negative(_) | Value::Str(_) | Value::Bin(_) => 0,
        };
    }
    Some(())
}
