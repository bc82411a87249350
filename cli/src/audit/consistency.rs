//! `gpuaas audit consistency`: checks that a checkpoint extends an older one, with nothing
//! but the files and a key.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gpuaas_log::checkpoint::SignedCheckpoint;
use gpuaas_log::receipt::{Extension, ExtensionFault};
use serde_json::json;

use super::file;
use super::trust::Trust;
use super::verdict::{self, Fault, Good};

/// What to check, and whom to trust.
#[derive(Debug, Args)]
pub(crate) struct Consistency {
    /// The older checkpoint: a file with it, a receipt, a proof or an export.
    old: PathBuf,
    /// The newer checkpoint with the proof, as `gpuaas audit extension` writes it.
    new: PathBuf,
    #[command(flatten)]
    trust: Trust,
    /// Answers in JSON.
    #[arg(long)]
    json: bool,
}

/// Checks a proof of consistency.
pub(crate) fn run(arguments: &Consistency) -> ExitCode {
    verdict::end("audit consistency", arguments.json, outcome(arguments))
}

fn outcome(arguments: &Consistency) -> anyhow::Result<Result<Good, Fault>> {
    let (old, new) = (file::checkpoint(&arguments.old)?, file::read(&arguments.new)?);
    Ok(check(&old, &new, &arguments.trust))
}

fn check(old: &SignedCheckpoint, new: &[u8], trust: &Trust) -> Result<Good, Fault> {
    let extension = Extension::parse(new).map_err(|error| Fault::new("proof", error))?;
    trust.vouching(old)?;
    let keys = trust.vouching(extension.checkpoint())?;
    extension.check(old.checkpoint()).map_err(|fault| {
        let kind = match fault {
            ExtensionFault::Origin { .. } => "origin",
            ExtensionFault::Size { .. } => "size",
            ExtensionFault::NotConsistent => "consistency",
        };
        Fault::new(kind, fault)
    })?;
    let (old, new) = (old.checkpoint(), extension.checkpoint().checkpoint());
    let mut facts = vec![
        ("origin", json!(new.origin)),
        ("old size", json!(old.size)),
        ("old root", json!(old.root.to_string())),
        ("size", json!(new.size)),
        ("root", json!(new.root.to_string())),
    ];
    facts.extend(trust.facts(keys));
    let (size, origin, before, vouched) = (new.size, &new.origin, old.size, trust.vouched());
    let sentence = format!("the {size} entries of {origin} begin with the {before} that were {vouched} before");
    Ok(Good { sentence, facts })
}
