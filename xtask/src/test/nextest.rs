//! Running the tests with cargo-nextest, and reading what it says exists and what it says ran.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::services::Services;
use crate::{process, workspace};

/// One test: the binary that holds it, and its path in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TestName {
    /// Nextest's binary id: the package, and for an integration test `::` and its file.
    pub binary: String,
    /// The modules and the function.
    pub test: String,
}

impl fmt::Display for TestName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.binary, self.test)
    }
}

/// Sees that cargo-nextest is there. In continuous integration it is installed, for a person it is not.
pub(crate) fn require() -> Result<()> {
    let mut version = workspace::cargo(["nextest", "--version"]);
    let there = version.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    if there {
        return Ok(());
    }
    if std::env::var_os("CI").is_none() {
        bail!("cargo-nextest is missing; get it with: cargo install cargo-nextest --locked");
    }
    process::run(&mut workspace::cargo(["install", "cargo-nextest", "--locked"]))
}

/// Runs every test of the workspace with the services in its environment; gives those that ran.
pub(crate) fn run(services: &Services) -> Result<Vec<TestName>> {
    let report = report();
    if report.exists() {
        std::fs::remove_file(&report).with_context(|| format!("cannot remove {}", report.display()))?;
    }
    process::run(workspace::cargo(["nextest", "run", "--workspace", "--no-tests=fail"]).envs(services.environment()))?;
    let report = std::fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
    Ok(in_report(&report))
}

/// Every test that exists, with those that a plain run leaves out.
///
/// The report cannot tell: nextest counts an ignored test as skipped on the screen only.
pub(crate) fn listed() -> Result<Vec<TestName>> {
    let list = ["nextest", "list", "--workspace", "--message-format", "json", "--run-ignored", "all"];
    let list = process::output(&mut workspace::cargo(list))?;
    in_list(&list)
}

/// Where `.config/nextest.toml` has the JUnit report written: nextest's own folder does not follow cargo's target folder.
fn report() -> PathBuf {
    workspace::root().join("target/nextest/default/junit.xml")
}

/// The test cases of a JUnit report as nextest writes it, one element a line.
fn in_report(report: &str) -> Vec<TestName> {
    let cases = report.lines().filter_map(|line| line.trim_start().strip_prefix("<testcase "));
    cases
        .filter_map(|case| Some(TestName { binary: attribute(case, "classname")?, test: attribute(case, "name")? }))
        .collect()
}

/// The value of an attribute. A Rust path has no character that XML would escape.
fn attribute(element: &str, name: &str) -> Option<String> {
    let values = element.split(' ').filter_map(|word| word.strip_prefix(name)?.strip_prefix("=\""));
    values.filter_map(|value| value.split_once('"')).map(|(value, _)| value.to_owned()).next()
}

fn in_list(list: &str) -> Result<Vec<TestName>> {
    let list: List = serde_json::from_str(list).context("cannot read nextest's list of tests")?;
    let names = list.suites.into_iter().flat_map(|(binary, suite)| {
        suite.testcases.into_keys().map(move |test| TestName { binary: binary.clone(), test })
    });
    Ok(names.collect())
}

#[derive(Deserialize)]
struct List {
    #[serde(rename = "rust-suites")]
    suites: BTreeMap<String, Suite>,
}

#[derive(Deserialize)]
struct Suite {
    testcases: BTreeMap<String, serde::de::IgnoredAny>,
}

#[cfg(test)]
mod tests {
    use super::{TestName, in_list, in_report};

    fn name(binary: &str, test: &str) -> TestName {
        TestName { binary: binary.into(), test: test.into() }
    }

    #[test]
    fn a_report_names_the_tests_that_ran() {
        let report = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="2" skipped="0" failures="0">
    <testsuite name="gpuaas-log::postgres" tests="1" skipped="0" errors="0" failures="0">
        <testcase name="append::is_atomic" classname="gpuaas-log::postgres" timestamp="2026-11-20T16:10:59Z" time="0.004"/>
    </testsuite>
    <testsuite name="gpuaas-log" tests="1">
        <testcase name="tests::it" classname="gpuaas-log" time="0.005">
        </testcase>
    </testsuite>
</testsuites>"#;
        let expected = [name("gpuaas-log::postgres", "append::is_atomic"), name("gpuaas-log", "tests::it")];
        assert_eq!(in_report(report), expected);
    }

    #[test]
    fn a_list_names_the_ignored_tests_too() {
        let list = r#"{"test-count": 2, "rust-suites": {"gpuaas-log": {"testcases": {
            "a::runs": {"ignored": false, "filter-match": {"status": "matches"}},
            "a::waits": {"ignored": true, "filter-match": {"status": "mismatch", "reason": "ignored"}}}}}}"#;
        assert_eq!(in_list(list).unwrap(), [name("gpuaas-log", "a::runs"), name("gpuaas-log", "a::waits")]);
    }
}
