//! What breaks a client that knows the error catalog: a code that is gone, or means another status.

use serde_json::Value;

use super::members;

/// Every break.
pub(super) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut breaks = Vec::new();
    for (code, was) in members(old) {
        let Some(is) = new.get(code) else {
            breaks.push(format!("error {code}: it is gone"));
            continue;
        };
        for field in ["status", "retryable"] {
            if was[field] != is[field] {
                breaks.push(format!("error {code}: {field} was {} and is {}", was[field], is[field]));
            }
        }
    }
    breaks
}
