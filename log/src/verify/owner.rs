//! An export of one organization's entries.
//!
//! The chain of the owner ends in a head; the head is under the root of the log's last
//! entry, and that entry is under the checkpoint's root.

use std::io::{Read, Seek};

use foldhash::HashMap;
use uuid::Uuid;

use super::decode::Item;
use super::judge::Following;
use super::listing::Listing;
use super::owner_end::{OwnerEnd, OwnerShown, Sections};
use super::report::{Report, Signatures, Whose};
use super::run::Run;
use super::{Options, VerifyError};
use crate::entry::Entry;
use crate::export::Header;
use crate::fault::{Fault, FaultKind};
use crate::name::event_is_of_kind;
use crate::state::{Blobs, Checked, Schema};
use crate::tree::Head;

/// Verifies the export of an owner's entries.
pub(super) fn verify<S: Read + Seek + Send>(
    mut run: Run<'_, S>,
    header: Header,
    owner: Uuid,
    options: &Options,
) -> Result<Report, VerifyError> {
    let mut chain = OwnerChain::new(owner, &options.list);
    let passed = run.pass(vec![&mut Following::new(|item| chain.section(item))])?;
    let fault = |kind| Fault { position: passed.entries, kind };
    // Without an entry it is cut short, whatever else it holds.
    if chain.head != Head::NONE && chain.bodies.has_unnamed() {
        return Err(fault(FaultKind::Blob).into());
    }
    let end = OwnerEnd { header: &header, owner, head: chain.head, sections: &chain.sections, options };
    let OwnerShown { checkpoint, keys, policy } = end.check()?;
    if passed.trailing {
        return Err(fault(FaultKind::Trailing).into());
    }
    Ok(Report {
        log_id: header.log_id,
        origin: header.origin,
        size: header.size,
        root: checkpoint.root,
        entries: passed.entries,
        whose: Whose::Owner { owner, absent: chain.bodies.missing().collect() },
        signatures: if options.outside().next().is_none() { Signatures::Unchecked } else { Signatures::Checked },
        keys,
        shown: options.shown(header.size),
        policy,
        listed: chain.listing.into_found(),
    })
}

/// The owner's entries so far.
struct OwnerChain<'o> {
    owner: Uuid,
    head: Head,
    versions: HashMap<String, HashMap<Uuid, u64>>,
    bodies: Blobs,
    sections: Sections,
    listing: Listing<'o>,
}

impl<'o> OwnerChain<'o> {
    fn new(owner: Uuid, list: &'o [String]) -> Self {
        Self {
            owner,
            head: Head::NONE,
            versions: HashMap::default(),
            bodies: Blobs::default(),
            sections: Sections::default(),
            listing: Listing::of(list),
        }
    }

    fn section(&mut self, item: &Item<'_>) -> Result<(), FaultKind> {
        self.listing.take(item);
        match item {
            Item::Entry(checked) => self.entry(checked)?,
            // Whoever gives the sections finds the fault.
            Item::BadEntry(_) => {}
            Item::Blob(body) => self.bodies.bring(body),
            Item::Other(section) => self.sections.take(*section),
        }
        Ok(())
    }

    fn entry(&mut self, checked: &Checked<'_>) -> Result<(), FaultKind> {
        let entry = &checked.entry;
        let goes_on = entry.owner == Some(self.owner)
            && entry.owner_sequence == self.head.owner_sequence + 1
            && entry.owner_prev == self.head.hash;
        if !goes_on {
            return Err(FaultKind::OwnerChain);
        }
        self.stream_version(entry)?;
        if !event_is_of_kind(entry.event, entry.stream.kind) {
            return Err(FaultKind::Event);
        }
        // Which fields name blobs is declared elsewhere in the log.
        self.bodies.name_all(entry.payload, entry.owner_sequence, &Schema::default())?;
        self.head = Head { owner_sequence: entry.owner_sequence, hash: checked.hash };
        Ok(())
    }

    fn stream_version(&mut self, entry: &Entry<'_>) -> Result<(), FaultKind> {
        if !self.versions.contains_key(entry.stream.kind) {
            self.versions.insert(entry.stream.kind.to_owned(), HashMap::default());
        }
        let versions = self.versions.get_mut(entry.stream.kind).expect("it was put there if it was missing");
        let version = versions.entry(entry.stream.id).or_default();
        *version += 1;
        if *version == entry.version { Ok(()) } else { Err(FaultKind::StreamVersion) }
    }
}
