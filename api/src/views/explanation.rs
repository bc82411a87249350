//! An entry of the log, explained.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::audit::DecisionView;

/// What an entry of the log means, in plain sentences and as data.
#[derive(Debug, Serialize, ToSchema)]
pub struct Explanation {
    /// The entry that was asked about.
    pub position: u64,
    /// Who did what, by which command, which rules allowed it, what it depended on, what led
    /// to it and what followed.
    pub sentences: Vec<String>,
    /// Whether everything is told; false where there was more than is told at once.
    pub complete: bool,
    /// The first entry of what was written together with it.
    pub append_first: u64,
    /// The last one.
    pub append_last: u64,
    /// The access rules that decided; absent for policies and the system, which need none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionView>,
    /// What was written together, as far as whoever asks may see it; what was asked about first.
    pub entries: Vec<ExplainedEntry>,
    /// What it depended on.
    pub depended_on: Vec<Dependency>,
    /// What led to it, the nearest first.
    pub led_to_by: Vec<Step>,
    /// What followed from it, each step before what followed from that one.
    pub followed_by: Vec<Step>,
}

/// An entry with its fields.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplainedEntry {
    /// Where it stands in the log.
    pub position: u64,
    /// What happened.
    #[schema(example = "project.created")]
    pub event: String,
    /// Kind of the resource.
    pub kind: String,
    /// The resource.
    pub resource: String,
    /// Its version after it.
    pub version: u64,
    /// Its fields, sealed ones sealed; absent where they were erased, or are the log's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub payload: Option<Value>,
    /// Where its receipt is.
    pub receipt: String,
}

/// A resource that a decision depended on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dependency {
    /// Kind of the resource.
    pub kind: String,
    /// The resource.
    pub resource: String,
    /// The version that it had; 0: it was not there.
    pub version: u64,
}

/// A command that led to another, or followed from one.
#[derive(Debug, Serialize, ToSchema)]
pub struct Step {
    /// How many steps away it is.
    pub depth: u32,
    /// Its first entry, or the one that led to the next step.
    pub position: u64,
    /// The command; absent where it is not for whoever asks to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// It in one sentence.
    pub sentence: String,
    /// Where its receipt is; absent where it is not for whoever asks to see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<String>,
}

/// Where the receipt of an entry is.
#[must_use]
pub fn receipt(position: u64) -> String {
    format!("/api/v1/log/entries/{position}/receipt")
}
