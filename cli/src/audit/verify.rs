//! `gpuaas audit verify`: checks an exported log with nothing but the file, and says what
//! was found in words or in JSON.
//!
//! Exit status: 0 for a good log, 1 for one with a fault, 2 if it could not be checked.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use gpuaas_domain::EventSet as _;
use gpuaas_domain::id::{OrganizationId, TypedId as _, UserId};
use gpuaas_domain::user::{Erased, Event};
use gpuaas_log::checkpoint::{SignedCheckpoint, VerifierKey};
use gpuaas_log::fault::Fault;
use gpuaas_log::policy::{Met, Policy};
use gpuaas_log::verify::{Compromised, Options, Report, Signatures, VerifyError, Whose, verify};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{file, progress};

/// What to verify, and against what.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The export.
    file: PathBuf,
    /// A key that must have signed the last checkpoint; may be given several times.
    #[arg(long = "key", value_name = "VKEY")]
    keys: Vec<VerifierKey>,
    /// A signed checkpoint kept from elsewhere, or a receipt, a proof or an export that ends with
    /// one: the log must have had that root.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// A C2SP tlog-policy: the last checkpoint must be signed by one of its logs, and cosigned
    /// by enough of its witnesses.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// A key that was declared compromised, and the last size that witnesses saw before; may
    /// be given several times. Beyond that size its signatures count nothing, and up to it
    /// they do not count alone.
    #[arg(long = "compromised", value_name = "VKEY@SIZE")]
    compromised: Vec<Compromised>,
    /// The organization whose export it has to be.
    #[arg(long, value_name = "ID", value_parser = an_id)]
    org: Option<OrganizationId>,
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
        Ok(Err(refused)) => {
            print(arguments, refused_json(&refused), || print_refused(&refused));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("gpuaas audit verify: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Why an export is not good, or not good enough for the policy.
struct Faulty {
    fault: Fault,
    why: String,
}

impl From<Fault> for Faulty {
    fn from(fault: Fault) -> Self {
        Self { fault, why: fault.kind.sentence().to_owned() }
    }
}

/// The same, or why it is not the one that it has to be.
struct Refused {
    kind: &'static str,
    position: u64,
    why: String,
}

impl From<Faulty> for Refused {
    fn from(Faulty { fault, why }: Faulty) -> Self {
        Self { kind: fault.kind.as_str(), position: fault.position, why }
    }
}

/// What was found; an error means that it could not be checked.
fn outcome(arguments: &Verify) -> anyhow::Result<Result<Report, Refused>> {
    let Verify { file, keys, checkpoint, policy, compromised, .. } = arguments;
    let checkpoint = checkpoint.as_deref().map(read_checkpoint).transpose()?;
    let policy = policy.as_deref().map(read_policy).transpose()?;
    let names_no_log = policy.as_ref().is_some_and(|policy| policy.logs().is_empty());
    anyhow::ensure!(!names_no_log || !keys.is_empty(), "the policy names no log: give the log's key with --key");
    let (keys, compromised) = (keys.clone(), compromised.clone());
    let list = vec![Event::Erased(Erased {}).name().to_owned()];
    let judged = judge(file, &Options { keys, checkpoint, policy, compromised, list, ..Options::default() })?;
    if let (Some(wanted), Ok(report)) = (arguments.org, &judged) {
        let is_wanted = matches!(&report.whose, Whose::Owner { owner, .. } if *owner == wanted.uuid());
        if !is_wanted {
            let why = format!("This is a good export, but not of {wanted}: it is of {}.", owner(report));
            return Ok(Err(Refused { kind: "organization", position: report.entries, why }));
        }
    }
    Ok(judged.map_err(Refused::from))
}

/// Reads an organization's id: without a server, nobody knows whose slug it is.
fn an_id(text: &str) -> Result<OrganizationId, String> {
    text.parse().map_err(|error| format!("{error}; it is an id, not a slug: `gpuaas orgs show` tells it"))
}

/// Whose export it is.
fn owner(report: &Report) -> String {
    match &report.whose {
        Whose::Whole { .. } => "the whole log".to_owned(),
        Whose::Owner { owner, .. } => OrganizationId::from_uuid(*owner).to_string(),
    }
}

/// Checks a file; an error means that it could not be checked.
pub(crate) fn check(path: &Path, options: &Options) -> anyhow::Result<Result<Report, Fault>> {
    Ok(judge(path, options)?.map_err(|faulty| faulty.fault))
}

fn judge(path: &Path, options: &Options) -> anyhow::Result<Result<Report, Faulty>> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let bar = progress::of_a_file();
    let verified = verify(&mut file, options, &mut |done| {
        bar.set_length(done.total);
        bar.set_position(done.done);
    });
    bar.finish_and_clear();
    match verified {
        Ok(report) => Ok(Ok(report)),
        Err(VerifyError::Outside { fault, why }) => Ok(Err(Faulty { fault, why: why.to_string() })),
        Err(VerifyError::Fault(fault)) => Ok(Err(fault.into())),
        Err(VerifyError::Policy { fault, why }) => Ok(Err(Faulty { fault, why: why.to_string() })),
        Err(error @ (VerifyError::Io(_) | VerifyError::NotComparable { .. })) => Err(error.into()),
    }
}

/// Reads a policy that was kept in a file.
pub(crate) fn read_policy(path: &Path) -> anyhow::Result<Policy> {
    let read = || -> anyhow::Result<_> { Ok(Policy::parse(&fs::read(path)?)?) };
    read().with_context(|| path.display().to_string())
}

/// Reads a checkpoint that was kept in a file, be it a receipt's, a proof's or an export's.
pub(crate) fn read_checkpoint(path: &Path) -> anyhow::Result<SignedCheckpoint> {
    file::checkpoint(path)
}

fn print(arguments: &Verify, json: Value, for_people: impl FnOnce()) {
    if arguments.json { println!("{json}") } else { for_people() }
}

fn print_refused(Refused { kind, position, why }: &Refused) {
    println!("FAULT  {kind} at {position}");
    println!("{why}");
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
            println!("owner       {}, {} entries", OrganizationId::from_uuid(*owner), report.entries);
            print_positions("absent", absent);
        }
    }
    for erased in erased_persons(report) {
        println!("erased      the person {}, at {}", erased.0, erased.1);
    }
    match report.signatures {
        Signatures::Checked => report.keys.iter().for_each(|key| println!("key         {key}")),
        Signatures::Unchecked => println!("signatures  unchecked: give the log's key with --key"),
    }
    for seen in report.policy.iter().flat_map(|met| &met.seen) {
        println!("cosigned    {} by {}", moment(seen.time), seen.witness);
    }
}

/// A witness's time, or its number of seconds where that is no time of ours.
fn moment(seconds: u64) -> String {
    let known = i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    known.map_or_else(|| format!("{seconds} s"), |moment| moment.to_string())
}

/// Who was erased, and where the log says so. Whether the key of what is sealed is gone is
/// nothing that a log can show.
fn erased_persons(report: &Report) -> impl Iterator<Item = (UserId, u64)> {
    report.listed.iter().map(|listed| (UserId::from_uuid(listed.stream.id), listed.position))
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

fn refused_json(Refused { kind, position, why }: &Refused) -> Value {
    json!({
        "good": false,
        "position": position,
        "kind": kind,
        "message": why,
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
        "erased_persons": erased_persons(report)
            .map(|(user, position)| json!({"user_id": user, "position": position}))
            .collect::<Vec<_>>(),
        "keys": report.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "signatures_checked": report.signatures == Signatures::Checked,
        "shown_by_key": report.shown.by_key,
        "shown_by_checkpoint": report.shown.by_checkpoint,
        "policy": report.policy.as_ref().map(met_json),
        "message": report.sentence(),
    })
}

fn met_json(met: &Met) -> Value {
    let seen = |seen: &gpuaas_log::policy::Seen| json!({"witness": seen.witness, "time": moment(seen.time)});
    json!({
        "log": met.log.to_string(),
        "quorum": met.quorum,
        "cosigned": met.seen.iter().map(seen).collect::<Vec<_>>(),
    })
}
