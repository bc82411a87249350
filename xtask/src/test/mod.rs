//! `cargo xtask test`: everything that must hold before a change goes in.
//!
//! Fails on the first of its steps that fails, and on a test that exists but did not
//! run. The cheap checks come first, and the services start while they are made.

mod doctests;
mod nextest;
mod parts;

use std::time::Instant;

use anyhow::{Result, bail};

use crate::services::Services;
use crate::{layers, process, tidy, workspace};
use nextest::TestName;
use parts::Parts;

/// Runs it.
pub(crate) fn run() -> Result<()> {
    let began = Instant::now();
    nextest::require()?;
    layers::run()?;
    tidy::run()?;
    let services = std::thread::scope(|scope| {
        let starting = scope.spawn(Services::all);
        let checked = formatted().and_then(|()| linted());
        let services = starting.join().expect("starting services does not panic");
        checked.and(services)
    })?;
    let ran = nextest::run(&services)?;
    all_ran(&nextest::listed()?, &ran)?;
    let doctests = doctests::run(&services)?;
    drop(services);
    eprintln!("\n{}", summary(&Parts::of(&ran), doctests, began.elapsed().as_secs()));
    Ok(())
}

fn formatted() -> Result<()> {
    process::run(&mut workspace::cargo(["fmt", "--all", "--check"]))?;
    // A workspace of its own (ADR 1), which `--all` does not see.
    let baseline = "benches/baseline/Cargo.toml";
    if workspace::root().join(baseline).exists() {
        process::run(&mut workspace::cargo(["fmt", "--manifest-path", baseline, "--check"]))?;
    }
    Ok(())
}

fn linted() -> Result<()> {
    process::run(&mut workspace::cargo(["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]))
}

/// Fails when a test exists that did not run, for whatever reason.
fn all_ran(listed: &[TestName], ran: &[TestName]) -> Result<()> {
    let skipped: Vec<String> = listed.iter().filter(|test| !ran.contains(test)).map(TestName::to_string).collect();
    if ran.is_empty() {
        bail!("no test ran");
    }
    if !skipped.is_empty() {
        bail!("tests exist that did not run; make them run, or remove them:\n  {}", skipped.join("\n  "));
    }
    Ok(())
}

fn summary(parts: &Parts, doctests: usize, seconds: u64) -> String {
    let Parts { all, postgres, docker, nats, end_to_end } = parts;
    format!(
        "xtask test: passed in {}m {:02}s. {all} tests, of which {postgres} on Postgres, {docker} on Docker, \
         {nats} on NATS and {end_to_end} end to end; {doctests} doc tests. Nothing was skipped.",
        seconds / 60,
        seconds % 60
    )
}

#[cfg(test)]
mod tests {
    use super::nextest::TestName;
    use super::{Parts, all_ran, summary};

    fn name(binary: &str, test: &str) -> TestName {
        TestName { binary: binary.into(), test: test.into() }
    }

    #[test]
    fn a_test_that_exists_and_did_not_run_fails_the_run() {
        let (one, other) = (name("gpuaas-log", "a::b"), name("gpuaas-log", "a::c"));
        assert!(all_ran(&[one.clone(), other.clone()], &[one.clone(), other.clone()]).is_ok());
        assert!(all_ran(&[one.clone(), other], &[one]).is_err_and(|why| why.to_string().contains("gpuaas-log a::c")));
    }

    #[test]
    fn a_run_of_nothing_fails() {
        assert!(all_ran(&[], &[]).is_err());
    }

    #[test]
    fn the_summary_says_what_ran_on_what() {
        let parts = Parts { all: 412, postgres: 57, docker: 21, nats: 12, end_to_end: 9 };
        assert_eq!(
            summary(&parts, 3, 725),
            "xtask test: passed in 12m 05s. 412 tests, of which 57 on Postgres, 21 on Docker, 12 on NATS and 9 end \
             to end; 3 doc tests. Nothing was skipped."
        );
    }
}
