//! Which blobs entries name.

use foldhash::HashMap;

use crate::declaration::{Declaration, LOG_KIND};
use crate::entry::{DETACHED_SALT, Entry, PayloadRef};
use crate::hash::Hash;
use crate::state::blob_digests;
use crate::store::StoreError;

/// Which payload fields hold digests of blobs, as far as it was declared.
#[derive(Debug, Default)]
pub struct BlobFields {
    by_schema: HashMap<(String, u64), Vec<String>>,
}

impl BlobFields {
    /// Digests of the blobs that an entry names, given its detached body if it has one that
    /// was not erased. Takes in what the entry declares: a declaration stands before its use.
    pub fn named_by(&mut self, entry: &Entry<'_>, body: Option<&[u8]>) -> Result<Vec<Hash>, StoreError> {
        let damaged = || StoreError::Damaged(format!("entry {} names its blobs badly", entry.position));
        let payload = match entry.payload {
            PayloadRef::Inline(payload) => payload,
            PayloadRef::Detached { .. } => match body {
                Some(body) => body.get(DETACHED_SALT..).ok_or_else(damaged)?,
                None => return Ok(Vec::new()),
            },
        };
        if entry.stream.kind == LOG_KIND {
            let Ok(Declaration::SchemaDeclared(declared)) = Declaration::decode(entry.event, payload) else {
                return Ok(Vec::new());
            };
            if !declared.blobs.is_empty() {
                self.by_schema.insert((declared.event, declared.schema), declared.blobs);
            }
            return Ok(vec![declared.descriptor]);
        }
        // Few schemas name blobs: most entries end here.
        match self.by_schema.get(&(entry.event.to_owned(), entry.schema)) {
            Some(fields) => blob_digests(payload, fields).ok_or_else(damaged),
            None => Ok(Vec::new()),
        }
    }
}
