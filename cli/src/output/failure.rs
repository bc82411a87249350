//! How a command fails: what it says, and its exit status.

use std::fmt::Display;
use std::process::ExitCode;

use gpuaas_sdk::{Error, ErrorBody};
use serde_json::json;

use super::Format;
use crate::config::ConfigError;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command was not well formed: exit status 2.
    #[error("{0}")]
    Usage(String),
    /// The server refused, or could not be reached.
    #[error(transparent)]
    Server(#[from] Error),
    /// What was named is not there.
    #[error("{0}")]
    NotFound(String),
    /// The settings cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Whoever read what is printed has read enough; `head` does that.
    #[error("nobody reads what is printed")]
    NobodyReads,
    /// It could not be done, for a reason that programs can tell from others.
    #[error("{message}")]
    Local {
        /// The reason's stable name.
        code: &'static str,
        /// What to do about it, in a sentence.
        message: String,
    },
    /// Anything else, as a sentence.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// A failure that has nothing but a sentence.
    pub(crate) fn other(sentence: impl Display) -> Self {
        Self::Other(sentence.to_string())
    }

    /// A failure that has a name of its own.
    pub(crate) fn local(code: &'static str, message: String) -> Self {
        Self::Local { code, message }
    }

    /// 0: fine; 1: refused; 2: not well formed; 3: no answer.
    fn status(&self) -> u8 {
        match self {
            Self::NobodyReads => 0,
            Self::Server(Error::Refused { .. }) | Self::NotFound(_) | Self::Local { .. } | Self::Other(_) => 1,
            Self::Usage(_) | Self::Config(_) | Self::Server(Error::Past | Error::Token) => 2,
            // Printed as an answer before it gets here.
            Self::Server(Error::DryRun(tried)) => u8::from(!tried.would_succeed),
            Self::Server(Error::Unreachable { .. } | Error::Foreign { .. }) => 3,
        }
    }

    /// Says it on standard error; gives the exit status.
    pub(crate) fn say(&self, format: Format) -> ExitCode {
        match self {
            Self::NobodyReads => {}
            _ if format.json => eprintln!("{:#}", self.to_json()),
            _ => eprint!("{}", self.to_text()),
        }
        ExitCode::from(self.status())
    }

    fn to_text(&self) -> String {
        match self {
            Self::Server(Error::Refused { problem, .. }) => problem_text(problem),
            Self::Server(Error::Unreachable { base, .. }) if is_here(base) => {
                format!("error: {self}\n`gpuaas up` starts one here\n")
            }
            Self::Usage(_)
            | Self::NotFound(_)
            | Self::Config(_)
            | Self::NobodyReads
            | Self::Local { .. }
            | Self::Other(_)
            | Self::Server(
                Error::Unreachable { .. } | Error::Foreign { .. } | Error::DryRun(_) | Error::Past | Error::Token,
            ) => {
                format!("error: {self}\n")
            }
        }
    }

    /// In the shape of the API's own refusals.
    fn to_json(&self) -> serde_json::Value {
        let code = match self {
            Self::Server(Error::Refused { problem, .. }) => return json!({"error": problem}),
            Self::Server(Error::Unreachable { .. }) => "server_unreachable",
            Self::Server(Error::Foreign { .. }) => "answer_not_understood",
            Self::NotFound(_) => "not_found",
            Self::Usage(_) | Self::Server(Error::Past | Error::Token) => "usage",
            Self::Local { code, .. } => *code,
            Self::Config(_) => "settings",
            Self::NobodyReads | Self::Other(_) | Self::Server(Error::DryRun(_)) => "failed",
        };
        json!({"error": {"code": code, "message": self.to_string()}})
    }
}

/// Whether a server would be one of this machine.
fn is_here(base: &str) -> bool {
    ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"].iter().any(|here| base.starts_with(here))
}

/// The code, the sentence, the fields, and what an operator finds the request by.
fn problem_text(problem: &ErrorBody) -> String {
    let ErrorBody { code, message, correlation_id, fields, .. } = problem;
    // A sentence about the only field says it all.
    let headline = format!("{code}: {message}");
    let fields = fields.iter().filter(|field| !headline.contains(&field.message));
    let fields: String = fields.map(|field| format!("  {}: {}\n", field.field, field.message)).collect();
    format!("error: {headline}\n{fields}correlation id: {correlation_id}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(fields: serde_json::Value) -> ErrorBody {
        let body = json!({
            "code": "invalid_field", "message": "slug: too long", "correlation_id": "4b", "retryable": false,
            "fields": fields
        });
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn a_refusal_is_told_with_its_code_and_correlation_id() {
        let fields = json!([{"field": "slug", "message": "too long"}, {"field": "name", "message": "empty"}]);
        let text = problem_text(&problem(fields));
        assert_eq!(text, "error: invalid_field: slug: too long\n  name: empty\ncorrelation id: 4b\n");
    }

    #[test]
    fn the_exit_status_tells_who_is_at_fault() {
        let refused = Error::Refused { status: 422, problem: problem(json!([])) };
        let unreachable = Error::Unreachable { base: "http://x".into(), reason: "refused".into() };
        for (failure, status) in [
            (Failure::from(refused), 1),
            (Failure::Usage("no".into()), 2),
            (Failure::from(ConfigError::NoHome), 2),
            (Failure::from(unreachable), 3),
        ] {
            assert_eq!(failure.status(), status, "{failure}");
        }
    }
}
