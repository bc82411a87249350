//! Secrets that are told once, and secrets that are shown to the server.

use std::io::Read as _;
use std::path::Path;

use serde::Serialize;

use super::Session;
use crate::output::{self, Failure};

/// Prints what is told once. For people, the secret alone goes to standard output, so that
/// it can be kept with `> FILE`, and what it is goes to standard error.
pub(super) fn tell(
    Session { format, .. }: &Session,
    answer: &impl Serialize,
    secret: Option<&str>,
    about: &str,
) -> Result<(), Failure> {
    if format.json {
        return output::json(answer);
    }
    match secret {
        Some(secret) => say(&format!("{about}; it is not told again:"), secret),
        // After a dry run there is nothing to tell.
        None => Ok(()),
    }
}

/// The same of what is no secret, and is shown later, too.
pub(super) fn tell_public(
    Session { format, .. }: &Session,
    answer: &impl Serialize,
    key: &str,
    about: &str,
) -> Result<(), Failure> {
    if format.json { output::json(answer) } else { say(&format!("{about}, which `show` tells again:"), key) }
}

fn say(about: &str, told: &str) -> Result<(), Failure> {
    eprintln!("{about}");
    output::line(told)
}

/// Reads a secret from a file, or with `-` from standard input: never from an argument,
/// which everybody on the machine can see.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    let text = if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    let text =
        text.map_err(|error| Failure::Usage(format!("cannot read the secret in {}: {error}", file.display())))?;
    Ok(text.trim().to_owned())
}
