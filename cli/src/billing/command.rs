//! `gpuaas billing reconstruct`: the bytes on standard output, what was checked on standard
//! error.
//!
//! Exit status: 0 if everything agrees, 1 if the export, the books or an issued invoice do
//! not, 2 if the bill could not be computed.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gpuaas_log::checkpoint::VerifierKey;
use gpuaas_log::verify::Options;
use serde_json::{Value, json};

use super::reconstruct::{Bill, Issued, reconstruct};
use super::{Unproven, interval};

/// Which bill, and from what.
#[derive(Debug, Args)]
pub(crate) struct Reconstruct {
    /// The export: of the whole log, or of the organization's part.
    file: PathBuf,
    /// Whose bill: an id, or a slug that the export shows.
    #[arg(long, value_name = "ORGANIZATION")]
    org: String,
    /// Where the interval begins: RFC 3339, or microseconds since the epoch.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Where it ends.
    #[arg(long, value_name = "TIME")]
    to: String,
    /// A key that must have signed the last checkpoint; may be given several times.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<VerifierKey>,
    /// Writes the bill here and not on standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Says what was checked in JSON.
    #[arg(long)]
    json: bool,
}

/// Computes a bill.
pub(super) fn run(arguments: &Reconstruct) -> ExitCode {
    match computed(arguments) {
        Ok(bill) => {
            eprintln!("{}", if arguments.json { in_json(&bill).to_string() } else { in_words(&bill) });
            if bill.issued == Issued::Differs { ExitCode::from(1) } else { ExitCode::SUCCESS }
        }
        Err(why) => {
            let status = match why {
                Unproven::Fault(_) | Unproven::Outside(_) | Unproven::Books(_) => 1,
                Unproven::Other(_) => 2,
            };
            match arguments.json {
                true => eprintln!("{}", json!({"good": false, "message": why.to_string()})),
                false => eprintln!("gpuaas billing reconstruct: {why}"),
            }
            ExitCode::from(status)
        }
    }
}

fn computed(arguments: &Reconstruct) -> Result<Bill, Unproven> {
    let Reconstruct { file, org, from, to, keys, out, .. } = arguments;
    let period = interval::read(from, to)?;
    let bill = reconstruct(file, org, period, &Options { keys: keys.clone(), ..Options::default() })?;
    match out {
        Some(out) => std::fs::write(out, &bill.bytes).with_context(|| out.display().to_string())?,
        None => {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&bill.bytes).and_then(|()| stdout.flush()).context("cannot write to standard output")?;
        }
    }
    Ok(bill)
}

fn in_words(bill: &Bill) -> String {
    let Bill { organization, document, issued, checked, report, .. } = bill;
    let compared = match issued {
        Issued::Same(invoice) => format!("{invoice} was issued for this interval, and is the same byte for byte"),
        Issued::Differs => "ANOTHER INVOICE was issued for this interval: its bytes are not these".to_owned(),
        Issued::Not => "none was issued for this interval".to_owned(),
    };
    let platform = if checked.against_platform {
        "nodes' keys and the price book agree"
    } else {
        "nodes' keys and the price book are not in an organization's own export"
    };
    format!(
        "log         {}\nbooks       {} usage, {} attestations, {} batches agree; {platform}\n\
         bill        {organization}: {} millionths of {}, {} lines\ninvoice     {compared}",
        report.sentence(),
        checked.usage,
        checked.attestations,
        checked.batches,
        document.total,
        document.terms.currency,
        document.lines.len() + document.late_lines.len(),
    )
}

fn in_json(bill: &Bill) -> Value {
    let Bill { organization, document, issued, checked, report, bytes } = bill;
    let (invoice, agrees) = match issued {
        Issued::Same(invoice) => (Some(invoice.to_string()), Some(true)),
        Issued::Differs => (None, Some(false)),
        Issued::Not => (None, None),
    };
    json!({
        "good": agrees != Some(false),
        "organization": organization.to_string(),
        "from": document.terms.period.from.0,
        "until": document.terms.period.until.0,
        "currency": document.terms.currency.to_string(),
        "total": document.total.to_string(),
        "bytes": bytes.len(),
        "invoice": invoice,
        "agrees_with_issued": agrees,
        "usage": checked.usage,
        "attestations": checked.attestations,
        "batches": checked.batches,
        "checked_against_platform": checked.against_platform,
        "log_id": report.log_id.to_string(),
        "size": report.size,
        "root": report.root.to_string(),
        "message": report.sentence(),
    })
}
