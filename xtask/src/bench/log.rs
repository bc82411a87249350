//! The log's two figures: how fast it takes durable appends, and how fast it is verified.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::line::{Line, Measured, middle};
use super::measured;
use crate::services::Services;
use crate::{process, workspace};

/// What an append on Postgres has to beat the peer by, both durable.
const APPEND_RATIO: f64 = 8.0;
/// What verification has to reach on two cores with every check on.
const VERIFY_ENTRIES_PER_SECOND: f64 = 800_000.0;
/// How often the peer and ours are measured in turns; an odd number, so that one round is in the middle.
const ROUNDS: usize = 3;

/// Builds, and measures one after another: two at once would measure each other. Verification
/// comes first, since what Postgres wrote is still on its way to the disk for a while after it.
pub(super) fn lines() -> Result<Vec<Line>> {
    let programs = build()?;
    let verify = Measured::in_output(&measured(&mut Command::new(programs.join("verify")))?)?;
    let append = append(&programs)?;
    Ok(vec![
        append,
        Line { name: "verify", ours: verify, against: "limit", theirs: VERIFY_ENTRIES_PER_SECOND, least: 1.0 },
    ])
}

/// The peer and ours in turns. A machine that others use too is not as fast in one minute as in
/// the next, so that one measurement of each says little: the round whose ratio is in the middle counts.
fn append(programs: &Path) -> Result<Line> {
    let services = Services::postgres()?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let peer = Measured::in_output(&on_database(&services, &programs.join("baseline"), "bench_baseline")?)?;
        let ours = Measured::in_output(&on_database(&services, &programs.join("append"), "bench_append")?)?;
        ensure!(ours.unit == peer.unit, "{} cannot be compared with {}", ours.unit, peer.unit);
        let against = "cqrs-es + postgres-es";
        rounds.push(Line { name: "append", ours, against, theirs: peer.figure, least: APPEND_RATIO });
    }
    println!("\n{ROUNDS} rounds, of which the one in the middle counts:");
    rounds.iter().for_each(|round| println!("{round}"));
    Ok(middle(rounds))
}

/// Builds the bench programs with the profile that packages have; gives the folder they are in.
fn build() -> Result<PathBuf> {
    let target = workspace::target()?;
    process::run(&mut workspace::cargo(["build", "--profile", "dist", "--package", "gpuaas-benches", "--bins"]))?;
    // A workspace of its own (ADR 1), built into the same folder.
    let baseline = ["build", "--profile", "dist", "--manifest-path", "benches/baseline/Cargo.toml"];
    process::run(workspace::cargo(baseline).env("CARGO_TARGET_DIR", &target))?;
    Ok(target.join("dist"))
}

/// Runs a bench program on an empty database of the server, which it has to itself.
fn on_database(services: &Services, program: &Path, database: &str) -> Result<String> {
    let value = |name| services.environment().find(|(known, _)| *known == name).map(|(_, value)| value.as_os_str());
    let server = value("GPUAAS_TEST_POSTGRES").and_then(OsStr::to_str).context("no Postgres was started")?;
    let psql = Path::new(value("GPUAAS_TEST_POSTGRES_BIN").context("no Postgres was started")?).join("psql");
    let execute = |statement: String| {
        process::output(Command::new(&psql).args([server, "--no-psqlrc", "--quiet", "--command", &statement]))
    };
    let drop = format!("drop database if exists {database}");
    execute(drop.clone())?;
    execute(format!("create database {database}"))?;
    let (host, _) = server.rsplit_once('/').context("the URL of Postgres names no database")?;
    let printed = measured(Command::new(program).arg(format!("{host}/{database}")))?;
    // What one of them left would be tidied up while the other is measured.
    execute(drop)?;
    Ok(printed)
}
