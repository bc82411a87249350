//! Breaks that were made on purpose, each with the release since which it breaks and the reason.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The list.
pub(super) const FILE: &str = "schemas/accepted-breaks.yaml";

/// What is accepted.
pub(super) struct Accepted(Vec<Break>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Break {
    since: String,
    r#break: String,
    why: String,
}

impl Accepted {
    /// Reads the list.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(root.join(FILE)).with_context(|| format!("cannot read {FILE}"))?;
        Self::parse(&text)
    }

    /// From the text of the list.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let listed: Vec<Break> = serde_yaml_ng::from_str(text)
            .with_context(|| format!("{FILE} is not a list of `since`, `break` and `why`"))?;
        for named in &listed {
            ensure!(!named.why.trim().is_empty(), "{FILE} does not say why this was broken: {}", named.r#break);
        }
        Ok(Self(listed))
    }

    /// Whether a break of clients of a release is accepted.
    pub(super) fn has(&self, version: &str, made: &str) -> bool {
        self.since(version).any(|named| named == made)
    }

    /// What is accepted to break clients of a release.
    pub(super) fn since(&self, version: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |named| named.since == version).map(|named| named.r#break.as_str())
    }
}
