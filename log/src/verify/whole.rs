//! An export of a whole log.

use std::io::{Read, Seek};
use std::thread;

use super::checkpoints::Checkpoints;
use super::closing::Closing;
use super::decode::{Item, Items};
use super::listing::Listing;
use super::report::{Report, Signatures, Whose};
use super::run::{Judge, Run};
use super::{Options, VerifyError};
use crate::export::{Header, SectionKind};
use crate::fault::{Fault, FaultKind};
use crate::state::{Commitments, Contents, Identity, LogState};

/// Verifies the export of a whole log.
pub(super) fn verify<S: Read + Seek>(
    mut run: Run<'_, S>,
    header: Header,
    options: &Options,
) -> Result<Report, VerifyError> {
    let identity = Identity { log_id: header.log_id, origin: header.origin.clone() };
    let mut whole = Whole {
        state: LogState::new(Some(identity)),
        checkpoints: Checkpoints::new(header.origin.clone()),
        in_parallel: run.workers().get() > 1,
        listing: Listing::of(&options.list),
    };
    let passed = run.pass(&mut whole)?;
    let Whole { state, checkpoints, listing, .. } = whole;
    state.finish()?;
    let closing =
        Closing { state: &state, checkpoints: &checkpoints, entries: passed.entries, size: header.size, options };
    let (root, policy) = closing.check(run.into_source())?;
    if passed.trailing {
        return Err(Fault { position: passed.entries, kind: FaultKind::Trailing }.into());
    }
    let mut erased = state.contents.erased().to_vec();
    erased.sort_unstable();
    Ok(Report {
        log_id: header.log_id,
        origin: header.origin,
        size: header.size,
        root,
        entries: passed.entries,
        whose: Whose::Whole { erased },
        keys: state.contents.keys().last().map(|list| list.keys.clone()).unwrap_or_default(),
        signatures: Signatures::Checked,
        shown: options.shown(header.size),
        policy,
        listed: listing.into_found(),
    })
}

struct Whole<'o> {
    state: LogState,
    checkpoints: Checkpoints,
    in_parallel: bool,
    listing: Listing<'o>,
}

impl Judge for Whole<'_> {
    fn judge(&mut self, items: &Items<'_>) -> Result<(), Fault> {
        let LogState { contents, commitments } = &mut self.state;
        let outcomes = if self.in_parallel {
            thread::scope(|scope| {
                let other = scope.spawn(|| follow_commitments(commitments, items));
                let one = follow_contents(contents, items);
                [one, other.join().expect("the state answers faults and does not panic")]
            })
        } else {
            [follow_contents(contents, items), follow_commitments(commitments, items)]
        };
        // Of two faults the one at the earlier entry, then the one checked earlier.
        if let Some(first) = outcomes.into_iter().filter_map(Result::err).min() {
            return Err(first);
        }
        self.listing.take(items);
        for item in items.iter() {
            if let Item::Other(section) = item
                && section.kind == SectionKind::Checkpoint
            {
                self.checkpoints.take(section.body);
            }
        }
        Ok(())
    }
}

fn follow_contents(contents: &mut Contents, items: &Items<'_>) -> Result<(), Fault> {
    for item in items.iter() {
        let outcome = match item {
            Item::Entry(checked) => contents.entry(checked),
            Item::BadEntry(kind) => Err(*kind),
            Item::Blob(blob) => {
                contents.blob(blob);
                Ok(())
            }
            Item::Other(_) => Ok(()),
        };
        outcome.map_err(|kind| Fault { position: contents.entries() + 1, kind })?;
    }
    Ok(())
}

fn follow_commitments(commitments: &mut Commitments, items: &Items<'_>) -> Result<(), Fault> {
    for item in items.iter() {
        let outcome = match item {
            Item::Entry(checked) => commitments.entry(checked),
            Item::BadEntry(kind) => Err(*kind),
            Item::Blob(_) | Item::Other(_) => Ok(()),
        };
        outcome.map_err(|kind| Fault { position: commitments.tree().size() + 1, kind })?;
    }
    Ok(())
}
