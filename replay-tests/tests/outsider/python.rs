//! Running the outsider's programs.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs one of them.
pub(crate) fn run<A: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = A>) -> Output {
    command(script, arguments).output().unwrap()
}

/// Runs one of them that reads a token from its standard input.
pub(crate) fn run_with_token<A: AsRef<OsStr>>(
    script: &str,
    arguments: impl IntoIterator<Item = A>,
    token: &str,
) -> Output {
    let mut command = command(script, arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn command<A: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = A>) -> Command {
    let python = std::env::var_os("GPUAAS_TEST_OUTSIDER_PYTHON").expect("cargo xtask test makes it and names it");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsider").join(script);
    // Without -B it would leave compiled files in the tree.
    let mut command = Command::new(python);
    command.arg("-B").arg(script).args(arguments);
    command
}

/// What `verify.py` says of each file, in their order, given the log's key.
pub(super) fn verify(files: &[PathBuf], key: &str) -> Vec<Value> {
    answers(files, &["--key", key])
}

/// What it says without a key.
pub(super) fn verify_without_key(files: &[PathBuf]) -> Vec<Value> {
    answers(files, &[])
}

fn answers(files: &[PathBuf], options: &[&str]) -> Vec<Value> {
    let options = options.iter().map(OsStr::new);
    let output = run("verify.py", files.iter().map(|file| file.as_os_str()).chain(options));
    let said = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), files.len(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.success(), answers.iter().all(|answer| answer["fault"].is_null()));
    answers
}
