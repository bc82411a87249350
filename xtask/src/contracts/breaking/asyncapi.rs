//! What breaks a subscriber: a channel or message that is gone, another address, payload or headers,
//! and whatever else a client was made from that is another.

use serde_json::Value;

use super::equal::{differences, kept};
use super::members;
use super::schema::Comparison;

/// Where messages are that channels refer to, and schemas that messages do. They are compared once, by
/// their names, and not again wherever they are referred to.
const MESSAGES: &str = "#/components/messages/";
const SCHEMAS: &str = "#/components/schemas/";

/// Every break.
pub(super) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(old, new);
    let elsewhere = ["channels", "components", "info", "operations", "servers"];
    comparison.breaks.extend(differences("the events", old, new, &elsewhere));
    comparison.breaks.extend(kept("server", &old["servers"], &new["servers"]));
    comparison.breaks.extend(kept("operation", &old["operations"], &new["operations"]));
    let (had, has) = (&old["components"], &new["components"]);
    comparison.breaks.extend(kept("security scheme", &had["securitySchemes"], &has["securitySchemes"]));
    each(&mut comparison, "channel", &old["channels"], &new["channels"], channel);
    each(&mut comparison, "message", &had["messages"], &has["messages"], message);
    each(&mut comparison, "schema", &had["schemas"], &has["schemas"], |comparison, at, was, is| {
        comparison.received(was, is, at);
    });
    comparison.breaks
}

/// Compares what has the same name; what is gone breaks.
fn each<'d>(
    comparison: &mut Comparison<'d>,
    kind: &str,
    had: &'d Value,
    has: &'d Value,
    compare: fn(&mut Comparison<'d>, &str, &'d Value, &'d Value),
) {
    for (name, was) in members(had) {
        let at = format!("{kind} {name}");
        match has.get(name) {
            Some(is) => compare(comparison, &at, was, is),
            None => comparison.say(&at, "it is gone"),
        }
    }
}

fn channel<'d>(comparison: &mut Comparison<'d>, at: &str, was: &'d Value, is: &'d Value) {
    comparison.breaks.extend(differences(at, was, is, &["messages"]));
    for (name, was) in members(&was["messages"]) {
        match is["messages"].get(name) {
            Some(is) if are_compared(was, is, MESSAGES) => {}
            Some(is) => message(comparison, &format!("{at}: message {name}"), was, is),
            None => comparison.say(at, &format!("message {name} is gone")),
        }
    }
}

fn message<'d>(comparison: &mut Comparison<'d>, at: &str, was: &'d Value, is: &'d Value) {
    let (was, is) = (comparison.of_old(was, at), comparison.of_new(is, at));
    comparison.breaks.extend(differences(at, was, is, &["headers", "payload"]));
    for (part, at) in [("payload", at), ("headers", &format!("{at}: headers"))] {
        if !are_compared(&was[part], &is[part], SCHEMAS) {
            comparison.received(&was[part], &is[part], at);
        }
    }
}

/// Whether both refer to the same name, at a place whose names are compared.
fn are_compared(was: &Value, is: &Value, place: &str) -> bool {
    was["$ref"] == is["$ref"] && was["$ref"].as_str().is_some_and(|path| path.starts_with(place))
}
