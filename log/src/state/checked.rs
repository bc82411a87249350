//! What can be known of an entry or a blob without its neighbours: the work that
//! threads share.

use crate::declaration::{Declaration, LOG_KIND, LOG_SCHEMA};
use crate::encoding::check_payload;
use crate::entry::{DETACHED_SALT, DecodeError, Entry, Known, PayloadRef};
use crate::hash::Hash;
use crate::tree::leaf_hash;

/// An entry, decoded and hashed.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The entry.
    pub entry: Entry<'a>,
    /// Hash that the next entry chains to.
    pub hash: Hash,
    /// Hash of its leaf in the tree.
    pub leaf: Hash,
    /// What a `log.*` entry declares; `None` if it is malformed, or of another kind.
    pub declaration: Option<Box<Declaration>>,
}

impl<'a> Checked<'a> {
    /// Decodes and hashes an entry's bytes.
    pub fn new(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        Self::knowing(bytes, &mut Known::nothing())
    }

    /// [`Self::new`] for many entries.
    #[inline]
    pub(crate) fn knowing(bytes: &'a [u8], known: &mut Known<'a>) -> Result<Self, DecodeError> {
        let entry = Entry::decode_knowing(bytes, known)?;
        let declaration = declaration(&entry);
        Ok(Self { entry, hash: Hash::of_entry(bytes), leaf: leaf_hash(bytes), declaration })
    }
}

fn declaration(entry: &Entry<'_>) -> Option<Box<Declaration>> {
    let PayloadRef::Inline(payload) = entry.payload else { return None };
    if entry.stream.kind != LOG_KIND || entry.schema != LOG_SCHEMA {
        return None;
    }
    Declaration::decode(entry.event, payload).ok().map(Box::new)
}

/// A blob or a detached body: only the entry that names it tells which.
#[derive(Debug)]
pub struct CheckedBlob<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Its digest as a blob.
    pub blob_digest: Hash,
    /// Its digest as a detached body.
    pub body_digest: Hash,
    /// Whether it can be a detached body: random bytes, then a payload.
    pub is_body: bool,
}

impl<'a> CheckedBlob<'a> {
    /// Hashes a blob's bytes.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            blob_digest: Hash::of_blob(bytes),
            body_digest: Hash::of_detached(bytes),
            is_body: is_body(bytes),
        }
    }
}

/// Whether this is a detached body: 16 random bytes, then a payload.
pub(crate) fn is_body(bytes: &[u8]) -> bool {
    bytes.get(DETACHED_SALT..).is_some_and(|payload| check_payload(payload).is_ok())
}
