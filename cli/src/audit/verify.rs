//! `gpuaas audit verify`: checks an exported log with nothing but the file, and says what
//! was found in words or in JSON.
//!
//! Exit status: 0 for a good log, 1 for one with a fault, 2 if it could not be checked.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gpuaas_log::checkpoint::{SignedCheckpoint, VerifierKey};
use gpuaas_log::fault::Fault;
use gpuaas_log::verify::{Options, Report, Signatures, VerifyError, Whose, verify};
use serde_json::{Value, json};

use super::progress;

/// What to verify, and against what.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The export.
    file: PathBuf,
    /// A key that must have signed the last checkpoint; may be given several times.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<VerifierKey>,
    /// A signed checkpoint kept from elsewhere: the log must have had that root.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Answers in JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies an export.
pub(crate) fn run(arguments: &Verify) -> ExitCode {
    match outcome(arguments) {
        Ok(Ok(report)) => {
            print(arguments, report_json(&report), || print_report(&report));
            ExitCode::SUCCESS
        }
        Ok(Err(fault)) => {
            print(arguments, fault_json(&fault), || print_fault(&fault));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("gpuaas audit verify: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// What was found; an error means that it could not be checked.
fn outcome(arguments: &Verify) -> anyhow::Result<Result<Report, Fault>> {
    let checkpoint = arguments.checkpoint.as_deref().map(read_checkpoint).transpose()?;
    check(&arguments.file, &Options { keys: arguments.keys.clone(), checkpoint, ..Options::default() })
}

/// Checks a file; an error means that it could not be checked.
pub(crate) fn check(path: &Path, options: &Options) -> anyhow::Result<Result<Report, Fault>> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let bar = progress::of_a_file();
    let verified = verify(&mut file, options, &mut |done| {
        bar.set_length(done.total);
        bar.set_position(done.done);
    });
    bar.finish_and_clear();
    match verified {
        Ok(report) => Ok(Ok(report)),
        Err(VerifyError::Fault(fault)) => Ok(Err(fault)),
        Err(error @ (VerifyError::Io(_) | VerifyError::NotComparable { .. })) => Err(error.into()),
    }
}

fn read_checkpoint(path: &Path) -> anyhow::Result<SignedCheckpoint> {
    let read = || -> anyhow::Result<_> { Ok(SignedCheckpoint::parse(&fs::read(path)?)?) };
    read().with_context(|| path.display().to_string())
}

fn print(arguments: &Verify, json: Value, for_people: impl FnOnce()) {
    if arguments.json { println!("{json}") } else { for_people() }
}

fn print_fault(fault: &Fault) {
    println!("FAULT  {} at {}", fault.kind, fault.position);
    println!("{}", fault.kind.sentence());
}

fn print_report(report: &Report) {
    println!("GOOD  {}", report.sentence());
    println!("origin      {}", report.origin);
    println!("log         {}", report.log_id);
    println!("size        {}", report.size);
    println!("root        {}", report.root);
    match &report.whose {
        Whose::Whole { erased } => print_positions("erased", erased),
        Whose::Owner { owner, absent } => {
            println!("owner       {owner}, {} entries", report.entries);
            print_positions("absent", absent);
        }
    }
    match report.signatures {
        Signatures::Checked => report.keys.iter().for_each(|key| println!("key         {key}")),
        Signatures::Unchecked => println!("signatures  unchecked: give the log's key with --key"),
    }
}

/// Where payloads are missing: ten places at most.
fn print_positions(label: &str, positions: &[u64]) {
    if positions.is_empty() {
        return;
    }
    let shown: Vec<String> = positions.iter().take(10).map(ToString::to_string).collect();
    let more = if shown.len() < positions.len() { format!(", …: {} in all", positions.len()) } else { String::new() };
    println!("{label:<10}  payloads at {}{more}", shown.join(", "));
}

fn fault_json(fault: &Fault) -> Value {
    json!({
        "good": false,
        "position": fault.position,
        "kind": fault.kind.as_str(),
        "message": fault.kind.sentence(),
    })
}

fn report_json(report: &Report) -> Value {
    let (kind, owner, erased, absent) = match &report.whose {
        Whose::Whole { erased } => ("whole", None, Some(erased), None),
        Whose::Owner { owner, absent } => ("owner", Some(owner), None, Some(absent)),
    };
    json!({
        "good": true,
        "kind": kind,
        "log_id": report.log_id,
        "origin": report.origin,
        "size": report.size,
        "root": report.root.to_string(),
        "entries": report.entries,
        "owner": owner,
        "erased": erased,
        "absent": absent,
        "keys": report.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "signatures_checked": report.signatures == Signatures::Checked,
        "shown_by_key": report.shown.by_key,
        "shown_by_checkpoint": report.shown.by_checkpoint,
        "message": report.sentence(),
    })
}
