//! Verifies export files: whole logs and the logs of one organization (format,
//! sections 6 and 7).
//!
//! The file is read once, in chunks. Threads decode and hash a chunk each; then
//! [`crate::state`] follows the rules between entries, its parts one after another, each
//! chunk by chunk in the file's order. Memory grows with what the log's state holds, not
//! with the file.
//!
//! A good answer says that the log is consistent. That it is what others saw takes
//! something from elsewhere: a key, a checkpoint that was kept, or a policy that names
//! witnesses.

mod checkpoints;
mod closing;
mod compromised;
mod decode;
mod disagreement;
mod judge;
mod line;
mod listing;
mod options;
mod owner;
mod owner_end;
mod report;
mod roots;
mod run;
mod turns;
mod whole;

pub(crate) use closing::{lists_to_sign, shares_a_key};
pub use compromised::Compromised;
pub use disagreement::Disagreement;
pub use options::{Options, Progress, VerifyError};
pub use report::{Listed, NOT_SHOWN, Report, Shown, Signatures, Whose};

use std::io::{Read, Seek};

use crate::export::ExportKind;
use crate::fault::{Fault, FaultKind};

/// Verifies an export. The file is sought in only to know its length, and to tell two
/// faults apart.
pub fn verify<S: Read + Seek + Send>(
    source: &mut S,
    options: &Options,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, VerifyError> {
    let run = run::Run::begin(source, options, progress)?;
    let Some(header) = run.header() else {
        return Err(run.structural_fault().unwrap_or(Fault { position: 1, kind: FaultKind::File }).into());
    };
    match header.kind {
        ExportKind::Whole => whole::verify(run, header, options),
        ExportKind::Owner(owner) => owner::verify(run, header, owner, options),
    }
}
