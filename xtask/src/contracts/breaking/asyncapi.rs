//! What breaks a subscriber: a channel or message that is gone, another address, other headers or
//! another payload, and whatever else a client was made from that is another.

use serde_json::Value;

use super::equal::{differences, kept};
use super::members;
use super::schema::Comparison;

/// Where messages are that channels refer to.
const MESSAGES: &str = "#/components/messages/";

/// Every break.
pub(super) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(old, new);
    let elsewhere = ["channels", "components", "info", "operations", "servers"];
    comparison.breaks.extend(differences("the events", old, new, &elsewhere));
    comparison.breaks.extend(kept("server", &old["servers"], &new["servers"]));
    comparison.breaks.extend(kept("operation", &old["operations"], &new["operations"]));
    for (name, was) in members(&old["channels"]) {
        match new["channels"].get(name) {
            Some(is) => channel(&mut comparison, &format!("channel {name}"), was, is),
            None => comparison.say(&format!("channel {name}"), "it is gone"),
        }
    }
    for (name, was) in members(&old["components"]["messages"]) {
        match new["components"]["messages"].get(name) {
            Some(is) => message(&mut comparison, &format!("message {name}"), was, is),
            None => comparison.say(&format!("message {name}"), "it is gone"),
        }
    }
    comparison.breaks
}

fn channel<'d>(comparison: &mut Comparison<'d>, at: &str, was: &'d Value, is: &'d Value) {
    comparison.breaks.extend(differences(at, was, is, &["messages"]));
    for (name, was) in members(&was["messages"]) {
        match is["messages"].get(name) {
            // Compared once, by its name.
            Some(is) if was["$ref"] == is["$ref"] && is_named(was) => {}
            Some(is) => message(comparison, &format!("{at}: message {name}"), was, is),
            None => comparison.say(at, &format!("message {name} is gone")),
        }
    }
}

fn is_named(message: &Value) -> bool {
    message["$ref"].as_str().is_some_and(|path| path.starts_with(MESSAGES))
}

fn message<'d>(comparison: &mut Comparison<'d>, at: &str, was: &'d Value, is: &'d Value) {
    let (was, is) = (comparison.of_old(was, at), comparison.of_new(is, at));
    comparison.breaks.extend(differences(at, was, is, &["headers", "payload"]));
    comparison.received(&was["headers"], &is["headers"], &format!("{at}: headers"));
    comparison.received(&was["payload"], &is["payload"], at);
}
