//! `gpuaas evidence verify`: checks the file of a bundle of evidence with nothing but the file
//! and a key or a policy. `docs/custody/evidence.md` says what such a file is, and what each
//! fault means.
//!
//! | file | what it is for |
//! |---|---|
//! | `reading` | what the entries of a file say of its bundle, and whether they are all of it |
//! | `shown` | what is said of a bundle that was found good |

mod reading;
mod shown;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gpuaas_log::evidence::{EvidenceFault, EvidenceFile};

use crate::audit::file;
use crate::audit::trust::Trust;
use crate::audit::verdict::{self, Fault, Good};

/// What to verify, and whom to trust.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The file, as `gpuaas evidence file` writes it.
    file: PathBuf,
    #[command(flatten)]
    trust: Trust,
}

/// Verifies the file of a bundle.
pub(crate) fn verify(arguments: &Verify, json: bool) -> ExitCode {
    let outcome = file::read(&arguments.file).map(|bytes| check(&bytes, &arguments.trust, json));
    verdict::end("evidence verify", json, outcome)
}

fn check(bytes: &[u8], trust: &Trust, json: bool) -> Result<Good, Fault> {
    let file = EvidenceFile::parse(bytes).map_err(faulty)?;
    // Whoever signed it, a proof that leads nowhere shows nothing; whose it is comes first.
    let keys = trust.vouching(file.checkpoint())?;
    file.check().map_err(faulty)?;
    let bundle = reading::read(&file)?;
    Ok(shown::good(&bundle, file.checkpoint().checkpoint(), &keys, json))
}

fn faulty(fault: EvidenceFault) -> Fault {
    Fault::new(fault.kind(), &fault).at(fault.position())
}
