//! What an auditor demands of a checkpoint before anything that it covers counts: the
//! signature of a key of the log that the auditor has from elsewhere, or a policy's.

use clap::Args;
use gpuaas_log::checkpoint::{Distrust, SignedCheckpoint, VerifierKey};
use gpuaas_log::policy::{self, Policy, Unmet};
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
}

impl Trust {
    /// What vouches for a checkpoint.
    pub(crate) fn vouching(&self, checkpoint: &SignedCheckpoint) -> Result<Vec<String>, Fault> {
        let Some(policy) = &self.policy else { return self.signed(checkpoint) };
        // The policy may name other logs' keys, too.
        if !self.keys.is_empty() {
            self.signed(checkpoint)?;
        }
        let met = policy.judge(checkpoint, policy::Trust { also: &self.keys, except: &[] }).map_err(|unmet| {
            let kind = match unmet {
                Unmet::NoLog | Unmet::UnknownLog | Unmet::Compromised => "key",
                Unmet::Forged => "signature",
                Unmet::Quorum { .. } => "quorum",
            };
            Fault::new(kind, unmet)
        })?;
        let witnesses = met.seen.into_iter().map(|seen| seen.witness);
        Ok(std::iter::once(met.log.to_string()).chain(witnesses).collect())
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

    fn signed(&self, checkpoint: &SignedCheckpoint) -> Result<Vec<String>, Fault> {
        let signers = checkpoint.signed_by_log(&self.keys).map_err(|distrust| {
            let kind = match distrust {
                Distrust::Origin { .. } => "origin",
                Distrust::Key => "key",
                Distrust::Forged => "signature",
            };
            Fault::new(kind, distrust)
        })?;
        Ok(signers.into_iter().map(ToString::to_string).collect())
    }
}

/// Reads a policy.
fn read(path: &str) -> Result<Policy, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    Policy::parse(&bytes).map_err(|error| error.to_string())
}
