//! `gpuaas audit check-receipt`: checks a receipt with nothing but the files and a key.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use gpuaas_log::entry::Entry;
use gpuaas_log::receipt::{Receipt, ReceiptFault};
use serde_json::json;

use super::file;
use super::trust::Trust;
use super::verdict::{self, Fault, Good};

/// What to check, and whom to trust.
#[derive(Debug, Args)]
pub(crate) struct CheckReceipt {
    /// The receipt.
    file: PathBuf,
    /// The entry's bytes, as `gpuaas audit receipt --entry` writes them.
    #[arg(long, value_name = "FILE")]
    entry: PathBuf,
    #[command(flatten)]
    trust: Trust,
    /// Answers in JSON.
    #[arg(long)]
    json: bool,
}

/// Checks a receipt.
pub(crate) fn run(arguments: &CheckReceipt) -> ExitCode {
    verdict::end("audit check-receipt", arguments.json, outcome(arguments))
}

fn outcome(arguments: &CheckReceipt) -> anyhow::Result<Result<Good, Fault>> {
    let (receipt, entry) = (file::read(&arguments.file)?, file::read(&arguments.entry)?);
    Ok(check(&receipt, &entry, &arguments.trust))
}

fn check(receipt: &[u8], entry: &[u8], trust: &Trust) -> Result<Good, Fault> {
    let receipt = Receipt::parse(receipt).map_err(|error| Fault::new("receipt", error))?;
    // Whoever signed it, a proof that leads nowhere shows nothing; whose it is comes first.
    let keys = trust.vouching(receipt.checkpoint())?;
    receipt.check(entry).map_err(|fault| Fault::new(fault.kind(), fault))?;
    let entry = Entry::decode(entry).map_err(|_| Fault::new("entry", ReceiptFault::NotAnEntry))?;
    let checkpoint = receipt.checkpoint().checkpoint();
    let mut facts = vec![
        ("position", json!(entry.position)),
        ("event", json!(entry.event)),
        ("origin", json!(checkpoint.origin)),
        ("size", json!(checkpoint.size)),
        ("root", json!(checkpoint.root.to_string())),
    ];
    facts.extend(trust.facts(keys));
    let sentence = format!("entry {} is in the log that {} {}", entry.position, checkpoint.origin, trust.vouched());
    Ok(Good { sentence, facts })
}
