//! Records of the audit trail as lines of a file: CSV (RFC 4180) for spreadsheets, JSON lines
//! for programs.
//!
//! A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return
//! for a formula, and runs it. Such a cell gets an apostrophe in front, which spreadsheets
//! take for "this is text".

use crate::http::Problem;
use crate::views::audit::{AuditResult, RecordView};

/// The names of the columns, in order.
const COLUMNS: [&str; 16] = [
    "position",
    "recorded_at",
    "organization_id",
    "actor_kind",
    "actor_id",
    "credential",
    "on_behalf_of",
    "action",
    "privileged",
    "target_kind",
    "target_id",
    "result",
    "rules",
    "correlation_id",
    "caused_by",
    "events",
];

/// The first line of a CSV file.
#[must_use]
pub fn csv_head() -> String {
    COLUMNS.join(",") + "\r\n"
}

/// A record as a line of a CSV file. Rules and events are lists, with a space between two.
#[must_use]
pub fn csv_line(record: &RecordView) -> String {
    let events: Vec<String> = record.events.iter().map(|event| format!("{}@{}", event.event, event.position)).collect();
    let rules = record.decision.as_ref().map(|decision| decision.rules.join(" ")).unwrap_or_default();
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let result = match record.result {
        AuditResult::Success => "success",
        AuditResult::Denied => "denied",
    };
    let cells: [String; COLUMNS.len()] = [
        record.position.to_string(),
        record.recorded_at.clone(),
        record.organization_id.map(|id| id.to_string()).unwrap_or_default(),
        record.actor.kind.clone(),
        optional(&record.actor.id),
        optional(&record.actor.credential),
        optional(&record.actor.on_behalf_of),
        record.action.clone(),
        record.privileged.to_string(),
        record.target.kind.clone(),
        optional(&record.target.id),
        result.to_owned(),
        rules,
        record.correlation_id.clone(),
        record.caused_by.map(|position| position.to_string()).unwrap_or_default(),
        events.join(" "),
    ];
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

/// A record as a line of JSON.
pub fn json_line(record: &RecordView) -> Result<String, Problem> {
    serde_json::to_string(record).map(|line| line + "\n").map_err(Problem::internal)
}

/// A text as a cell: no formula, and quoted where it has to be.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if is_formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\r', '\n', '\'', '\t']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            let cell = cell(formula);
            assert!(cell.starts_with("\"'"), "{cell}");
        }
        assert_eq!(cell("project.create"), "project.create");
    }

    #[test]
    fn what_would_break_a_cell_is_quoted() {
        assert_eq!(cell("a,b"), "\"a,b\"");
        assert_eq!(cell("say \"a\"\n"), "\"say \"\"a\"\"\n\"");
        assert_eq!(csv_head().matches(',').count() + 1, COLUMNS.len());
    }
}
