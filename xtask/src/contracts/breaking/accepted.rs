//! Breaks that were made on purpose, each with the release since which it breaks and the reason.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The list, beside the contracts.
pub(super) const NAME: &str = "accepted-breaks.yaml";
/// Today's.
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
    /// Reads the list of a folder: `schemas`, or that of a release.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join(NAME);
        let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        Self::parse(&text)
    }

    /// From the text of the list.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let listed: Vec<Break> = serde_yaml_ng::from_str(text)
            .with_context(|| format!("{NAME} is not a list of `since`, `break` and `why`"))?;
        for named in &listed {
            ensure!(!named.why.trim().is_empty(), "{NAME} does not say why this was broken: {}", named.r#break);
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

    /// The releases whose clients are broken.
    pub(super) fn releases(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|named| named.since.as_str())
    }

    /// The first break that stood in an earlier list and does not stand in this one.
    pub(super) fn removed<'a>(&self, earlier: &'a Self) -> Option<&'a str> {
        let removed = earlier.0.iter().find(|named| !self.has(&named.since, &named.r#break));
        removed.map(|named| named.r#break.as_str())
    }
}
