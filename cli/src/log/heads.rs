//! Where a log was at a size, computed from its entries alone.

use std::fs::File;
use std::io;
use std::path::Path;

use gpuaas_log::export::{Chunk, SectionKind, SectionReader};
use gpuaas_log::hash::Hash;
use gpuaas_log::store::{LogStore, StoreError};
use gpuaas_log::tree::Frontier;

/// Bytes, or entries, read at once.
const CHUNK: usize = 1 << 20;
const PAGE: usize = 1_000;

/// The last of so many entries, and the root over all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) size: u64,
    pub(super) hash: Hash,
    pub(super) root: Hash,
}

/// The tree as far as it was read.
#[derive(Default)]
struct Walk {
    tree: Frontier,
    hash: Hash,
}

impl Walk {
    fn take(&mut self, bytes: &[u8]) {
        self.tree.push_leaf(bytes);
        self.hash = Hash::of_entry(bytes);
    }

    fn head(&self) -> Head {
        Head { size: self.tree.size(), hash: self.hash, root: self.tree.root() }
    }
}

/// Of the first entries of an export, at most `size`.
pub(super) fn of_export(file: &Path, size: u64) -> io::Result<Head> {
    let (mut walk, mut chunk) = (Walk::default(), Chunk::default());
    let mut reader = SectionReader::new(File::open(file)?);
    while reader.ending().is_none() {
        reader.read(&mut chunk, CHUNK)?;
        for section in chunk.sections().filter(|section| section.kind == SectionKind::Entry) {
            if walk.tree.size() < size {
                walk.take(section.body);
            }
        }
    }
    Ok(walk.head())
}

/// Of the first entries of a store, at most `size`.
pub(super) async fn of_store(store: &dyn LogStore, size: u64) -> Result<Head, StoreError> {
    let mut walk = Walk::default();
    while walk.tree.size() < size {
        let page = store.entries(walk.tree.size(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        let left = usize::try_from(size - walk.tree.size()).unwrap_or(usize::MAX);
        page.iter().take(left).for_each(|stored| walk.take(&stored.bytes));
    }
    Ok(walk.head())
}
