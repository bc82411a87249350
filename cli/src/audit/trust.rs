//! What an auditor demands of a checkpoint before anything that it covers counts: the
//! signature of a key of the log that the auditor has from elsewhere, or a policy's.

use clap::Args;
use gpuaas_log::checkpoint::{Distrust, KnownKeys, SignedCheckpoint, VerifierKey};
use gpuaas_log::policy::{Policy, Unmet};
use gpuaas_log::verify::{Compromised, Options};
use serde_json::{Value, json};

use super::verdict::Fault;

/// Whom to trust.
#[derive(Debug, Args)]
pub(crate) struct Trust {
    /// A key of the log, of which one must have signed the checkpoint; may be given several
    /// times.
    #[arg(long = "key", value_name = "VKEY", required_unless_present = "policy")]
    keys: Vec<VerifierKey>,
    /// A C2SP tlog-policy: the checkpoint must be signed by one of its logs, and cosigned by
    /// enough of its witnesses.
    #[arg(long, value_name = "FILE", value_parser = read)]
    policy: Option<Policy>,
    /// A key that was declared compromised, and the last size that witnesses saw before; may
    /// be given several times. Beyond that size its signatures count nothing, and up to it
    /// they do not count alone.
    #[arg(long = "compromised", value_name = "VKEY@SIZE")]
    compromised: Vec<Compromised>,
}

impl Trust {
    /// What vouches for a checkpoint.
    pub(crate) fn vouching(&self, checkpoint: &SignedCheckpoint) -> Result<Vec<String>, Fault> {
        let (keys, policy, compromised) = (self.keys.clone(), self.policy.clone(), self.compromised.clone());
        let options = Options { keys, policy, compromised, ..Options::default() };
        let counts = |key: &&VerifierKey| options.counts(key, checkpoint.checkpoint().size);
        // The policy may name other logs' keys, too.
        let given = if self.keys.is_empty() { Vec::new() } else { self.signed(checkpoint)? };
        let given: Vec<_> = given.into_iter().filter(counts).collect();
        if given.is_empty() && !self.keys.is_empty() {
            return Err(unmet(Unmet::Compromised));
        }
        let known = KnownKeys::of(options.outside());
        let signers = checkpoint.signers(&known).map_err(|_| unmet(Unmet::Forged))?;
        let signers: Vec<_> = signers.into_iter().filter(counts).collect();
        Ok(match options.judge(checkpoint, &signers).map_err(unmet)? {
            None => given.into_iter().map(ToString::to_string).collect(),
            Some(met) => {
                let witnesses = met.seen.into_iter().map(|seen| seen.witness);
                std::iter::once(met.log.to_string()).chain(witnesses).collect()
            }
        })
    }

    /// What [`Self::vouching`] found, told apart: the key of the log, and who cosigned.
    pub(super) fn facts(&self, vouching: Vec<String>) -> Vec<(&'static str, Value)> {
        match (&self.policy, vouching.split_first()) {
            (Some(_), Some((key, witnesses))) => vec![("key", json!([key])), ("cosigned", json!(witnesses))],
            (Some(_) | None, _) => vec![("key", json!(vouching))],
        }
    }

    /// How the checkpoint of what is good was vouched for, after the log's name.
    pub(super) fn vouched(&self) -> String {
        match self.policy.as_ref().map(Policy::quorum).as_deref() {
            None => "signed".to_owned(),
            Some("none") => "signed as the policy demands".to_owned(),
            Some(quorum) => format!("signed, cosigned as the policy demands, by {quorum}"),
        }
    }

    fn signed(&self, checkpoint: &SignedCheckpoint) -> Result<Vec<&VerifierKey>, Fault> {
        checkpoint.signed_by_log(&self.keys).map_err(|distrust| {
            let kind = match distrust {
                Distrust::Origin { .. } => "origin",
                Distrust::Key => "key",
                Distrust::Forged => "signature",
            };
            Fault::new(kind, distrust)
        })
    }
}

/// That a checkpoint is not vouched for as it has to be.
fn unmet(unmet: Unmet) -> Fault {
    let kind = match unmet {
        Unmet::NoLog | Unmet::UnknownLog | Unmet::Compromised => "key",
        Unmet::Forged => "signature",
        Unmet::Quorum { .. } => "quorum",
    };
    Fault::new(kind, unmet)
}

/// Reads a policy.
fn read(path: &str) -> Result<Policy, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Policy::parse(&bytes).map_err(|error| error.to_string())
}
