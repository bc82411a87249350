//! An export of a whole log.

use std::io::{Read, Seek};

use super::checkpoints::Checkpoints;
use super::closing::Closing;
use super::decode::Item;
use super::judge::Following;
use super::listing::Listing;
use super::report::{Report, Signatures, Whose};
use super::run::Run;
use super::{Options, VerifyError};
use crate::export::{Header, Section, SectionKind};
use crate::fault::{Fault, FaultKind};
use crate::state::{Identity, LogState};

/// Verifies the export of a whole log.
pub(super) fn verify<S: Read + Seek + Send>(
    mut run: Run<'_, S>,
    header: Header,
    options: &Options,
) -> Result<Report, VerifyError> {
    let identity = Identity { log_id: header.log_id, origin: header.origin.clone() };
    let mut state = LogState::new(Some(identity));
    let mut checkpoints = Checkpoints::new(header.origin.clone());
    let mut listing = Listing::of(&options.list);
    let passed = run.pass(vec![
        &mut Following::new(|item| match item {
            Item::Entry(checked) => state.contents.entry(checked),
            Item::Blob(blob) => {
                state.contents.blob(blob);
                Ok(())
            }
            _ => Ok(()),
        }),
        &mut Following::new(|item| item.entry().map_or(Ok(()), |checked| state.commands.entry(&checked.entry))),
        &mut Following::new(|item| item.entry().map_or(Ok(()), |checked| state.commitments.entry(checked))),
        &mut Following::new(|item| {
            listing.take(item);
            if let Item::Other(Section { kind: SectionKind::Checkpoint, body }) = item {
                checkpoints.take(body);
            }
            Ok(())
        }),
    ])?;
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
