//! What may become of an altered export: it is refused, or it still says the same.

use std::io::Cursor;
use std::num::NonZeroUsize;

use gpuaas_log::checkpoint::{SignedCheckpoint, VerifierKey};
use gpuaas_log::verify::{Options, Report, VerifyError, Whose, verify};

use super::pieces::{Piece, take_apart};
use crate::vector_files::{VECTORS, file, text};

/// A good export, with what is known of it from elsewhere.
pub(super) struct Good {
    pub(super) bytes: Vec<u8>,
    pub(super) pieces: Vec<Piece>,
    pub(super) report: Report,
    options: Options,
}

/// What became of an altered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is not good.
    Refused,
    /// What was touched is what a reader skips.
    Same,
}

impl Good {
    /// Of the vectors, held against the log's key and its last checkpoint.
    pub(super) fn of(name: &str) -> Self {
        let key: VerifierKey = text(&VECTORS["keys"][1]).parse().unwrap();
        let held: SignedCheckpoint = text(&VECTORS["checkpoints"][1]).parse().unwrap();
        let options =
            Options { keys: vec![key], checkpoint: Some(held), workers: NonZeroUsize::MIN, ..Options::default() };
        let bytes = file(name);
        let report = verified(&bytes, &options).expect("it is good");
        Self { pieces: take_apart(&bytes), bytes, report, options }
    }

    /// Fails if the altered file is accepted as anything else than what it was.
    pub(super) fn judge(&self, altered: &[u8], how: &dyn std::fmt::Debug) -> Outcome {
        let Ok(report) = verified(altered, &self.options) else { return Outcome::Refused };
        assert_eq!(without_absent(&report), without_absent(&self.report), "{how:?}");
        assert_eq!(entries(&take_apart(altered)), entries(&self.pieces), "{how:?}");
        // An owner's export without a body is good, and says that it is without.
        let (absent, before) = (absent(&report), absent(&self.report));
        assert!(before.iter().all(|place| absent.contains(place)), "{how:?}: {absent:?}");
        assert!(absent == before || bodies(altered) < bodies(&self.bytes), "{how:?}: {absent:?}");
        Outcome::Same
    }

    /// The fault of an altered file, by position and kind; `None` if it is good.
    pub(super) fn fault(&self, altered: &[u8]) -> Option<(u64, &'static str)> {
        fault(verified(altered, &self.options))
    }

    /// As [`Self::fault`], with nothing known from elsewhere.
    pub(super) fn fault_alone(&self, altered: &[u8]) -> Option<(u64, &'static str)> {
        fault(verified(altered, &Options { workers: NonZeroUsize::MIN, ..Options::default() }))
    }
}

fn fault(outcome: Result<Report, VerifyError>) -> Option<(u64, &'static str)> {
    match outcome {
        Ok(_) => None,
        Err(error) => {
            let fault = error.fault().unwrap_or_else(|| panic!("{error}"));
            Some((fault.position, fault.kind.as_str()))
        }
    }
}

fn verified(file: &[u8], options: &Options) -> Result<Report, VerifyError> {
    verify(&mut Cursor::new(file), options, &mut |_| {})
}

fn without_absent(report: &Report) -> Report {
    let whose = match &report.whose {
        Whose::Owner { owner, .. } => Whose::Owner { owner: *owner, absent: Vec::new() },
        whole @ Whose::Whole { .. } => whole.clone(),
    };
    Report { whose, ..report.clone() }
}

fn absent(report: &Report) -> &[u64] {
    match &report.whose {
        Whose::Owner { absent, .. } => absent,
        Whose::Whole { .. } => &[],
    }
}

fn entries(pieces: &[Piece]) -> Vec<&[u8]> {
    pieces.iter().filter(|(kind, _)| *kind == b'E').map(|(_, body)| &body[..]).collect()
}

fn bodies(file: &[u8]) -> usize {
    take_apart(file).iter().filter(|(kind, _)| *kind == b'B').count()
}
