//! The examples in documentation, which nextest does not run.

use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::services::Services;
use crate::workspace;

/// Runs them; gives how many passed, and fails when one fails or is ignored.
pub(crate) fn run(services: &Services) -> Result<usize> {
    eprintln!("\n$ cargo test --workspace --doc");
    let output = workspace::cargo(["test", "--workspace", "--doc", "--quiet"])
        .envs(services.environment())
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo test --doc")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let results = Results::of(&said);
    // Every crate without an example says so in five lines, which nobody needs to read.
    if !output.status.success() || results.ignored > 0 {
        print!("{said}");
        bail!("doc tests failed, or are ignored; make them run, or mark what is no Rust as `text`");
    }
    Ok(results.passed)
}

/// What the result lines of the test harness add up to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Results {
    passed: usize,
    ignored: usize,
}

impl Results {
    /// Adds up lines such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`; other lines count nothing.
    fn of(output: &str) -> Self {
        let results = output.lines().filter_map(|line| line.strip_prefix("test result: ")?.split_once(". "));
        let counts = results.flat_map(|(_, counts)| counts.split("; ")).filter_map(|count| count.split_once(' '));
        counts.fold(Self::default(), |sum, (number, what)| {
            let number = number.parse::<usize>().unwrap_or(0);
            match what {
                "passed" => Self { passed: sum.passed + number, ..sum },
                "ignored" => Self { ignored: sum.ignored + number, ..sum },
                _ => sum,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Results;

    #[test]
    fn result_lines_add_up() {
        let output = "
running 4 tests
....
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s

test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";
        assert_eq!(Results::of(output), Results { passed: 5, ignored: 1 });
    }
}
