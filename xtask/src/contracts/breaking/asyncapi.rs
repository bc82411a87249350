//! What breaks a subscriber: a channel or message that is gone, another address,
//! other headers or another payload.

use serde_json::Value;

use super::members;
use super::schema::Comparison;

/// Every break.
pub(super) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut breaks = Vec::new();
    for (name, was) in members(&old["channels"]) {
        let Some(is) = new["channels"].get(name) else {
            breaks.push(format!("channel {name}: it is gone"));
            continue;
        };
        if was["address"] != is["address"] {
            breaks.push(format!("channel {name}: its address was {} and is {}", was["address"], is["address"]));
        }
        let gone = members(&was["messages"]).filter(|(message, _)| is["messages"].get(*message).is_none());
        breaks.extend(gone.map(|(message, _)| format!("channel {name}: message {message} is gone")));
    }
    for (name, was) in members(&old["components"]["messages"]) {
        let Some(is) = new["components"]["messages"].get(name) else {
            breaks.push(format!("message {name}: it is gone"));
            continue;
        };
        let mut comparison = Comparison::new(old, new);
        comparison.received(&was["headers"], &is["headers"], &format!("message {name}: headers"));
        comparison.received(&was["payload"], &is["payload"], &format!("message {name}"));
        breaks.extend(comparison.breaks);
    }
    breaks
}
