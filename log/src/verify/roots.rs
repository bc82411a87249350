//! Roots at sizes that nobody needs of a good log.
//!
//! A checkpoint stands on a `log.heads_committed`, and the roots there are kept. One that
//! stands elsewhere is a fault, but which one depends on whether its root is right: then
//! the file is read again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek};

use crate::export::{Chunk, SectionKind, SectionReader};
use crate::hash::Hash;
use crate::tree::Frontier;

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// Roots over the first so many entries of a good file, for each of `sizes`.
pub(super) fn roots_at<S: Read + Seek>(source: &mut S, sizes: &BTreeSet<u64>) -> io::Result<BTreeMap<u64, Hash>> {
    let (mut roots, mut tree) = (BTreeMap::new(), Frontier::new());
    let mut keep = |tree: &Frontier| {
        if sizes.contains(&tree.size()) {
            roots.insert(tree.size(), tree.root());
        }
    };
    keep(&tree);
    source.rewind()?;
    let (mut reader, mut chunk) = (SectionReader::new(source), Chunk::default());
    while reader.ending().is_none() {
        reader.read(&mut chunk, CHUNK)?;
        for section in chunk.sections().filter(|section| section.kind == SectionKind::Entry) {
            tree.push_leaf(section.body);
            keep(&tree);
        }
    }
    Ok(roots)
}
