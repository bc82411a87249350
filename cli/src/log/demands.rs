//! What the last checkpoint of a copy has to meet beyond being signed.

use std::path::PathBuf;

use clap::Args;
use gpuaas_log::verify::{self, Compromised};

use crate::audit::verify::read_policy;
use crate::output::Failure;

/// Whom to trust besides the log's keys, and whom no more.
#[derive(Debug, Args)]
pub(super) struct Demands {
    /// A C2SP tlog-policy: the copy's last checkpoint must be signed by one of its logs, and
    /// cosigned by enough of its witnesses.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A key that was declared compromised, and the last size that witnesses saw before; may
    /// be given several times. Beyond that size its signatures count nothing, and up to it
    /// they do not count alone.
    #[arg(long = "compromised", value_name = "VKEY@SIZE")]
    compromised: Vec<Compromised>,
}

impl Demands {
    /// As a verification takes them.
    pub(super) fn options(&self) -> Result<verify::Options, Failure> {
        let policy = self.policy.as_deref().map(read_policy).transpose();
        let policy = policy.map_err(|error| Failure::Usage(format!("{error:#}")))?;
        Ok(verify::Options { policy, compromised: self.compromised.clone(), ..verify::Options::default() })
    }
}
