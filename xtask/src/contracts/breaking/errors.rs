//! What breaks a client that knows the error catalog: a code that is gone, or means another status.

use serde_json::Value;

use super::equal::differences;
use super::members;

/// Every break.
pub(super) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let lines = members(old).flat_map(|(code, was)| match new.get(code) {
        // What it means and what to do is for people, and may be said better.
        Some(is) => differences(&format!("error {code}"), was, is, &["meaning", "action"]),
        None => vec![format!("error {code}: it is gone")],
    });
    lines.collect()
}
