//! What breaks a client of the REST API.

use serde_json::Value;

use super::equal::{differences, kept};
use super::schema::Comparison;
use super::{items, members};

/// The members of a path that are operations.
const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];

/// Every break.
pub(super) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(old, new);
    let (had, has) = (&old["components"], &new["components"]);
    comparison.breaks.extend(differences("the API", old, new, &["components", "info", "paths"]));
    comparison.breaks.extend(kept("security scheme", &had["securitySchemes"], &has["securitySchemes"]));
    // Its name is the name of a generated type.
    for (name, _) in members(&had["schemas"]).filter(|(name, _)| has["schemas"].get(name).is_none()) {
        comparison.say(&format!("schema {name}"), "it is gone");
    }
    for (path, was) in members(&old["paths"]) {
        let is = &new["paths"][path];
        for (method, was) in members(was).filter(|(method, _)| METHODS.contains(&method.as_str())) {
            let name = format!("{} {path}", method.to_uppercase());
            match is.get(method) {
                Some(is) => operation(&mut comparison, &name, was, is),
                None => comparison.say(&name, "it is gone"),
            }
        }
        comparison.breaks.extend(differences(path, was, is, &METHODS));
    }
    comparison.breaks
}

fn operation<'d>(comparison: &mut Comparison<'d>, name: &str, was: &'d Value, is: &'d Value) {
    comparison.breaks.extend(differences(name, was, is, &["parameters", "requestBody", "responses"]));
    parameters(comparison, name, was, is);
    body(comparison, name, &was["requestBody"], &is["requestBody"]);
    answers(comparison, name, &was["responses"], &is["responses"]);
}

/// A parameter that is gone is refused as unknown, and one that is newly wanted is missing.
fn parameters<'d>(comparison: &mut Comparison<'d>, name: &str, was: &'d Value, is: &'d Value) {
    let old = items(&was["parameters"]).iter().map(|part| comparison.of_old(part, name)).collect::<Vec<_>>();
    let new = items(&is["parameters"]).iter().map(|part| comparison.of_new(part, name)).collect::<Vec<_>>();
    let is_same = |a: &Value, b: &Value| a["name"] == b["name"] && a["in"] == b["in"];
    let is_required = |parameter: &Value| parameter["required"] == true;
    let place = |parameter: &Value| format!("{name}: parameter {}", parameter["name"].as_str().unwrap_or_default());
    for was in &old {
        let at = place(was);
        let Some(is) = new.iter().find(|is| is_same(was, is)) else {
            comparison.say(&at, "it is gone");
            continue;
        };
        if is_required(is) && !is_required(was) {
            comparison.say(&at, "it is required now");
        }
        comparison.breaks.extend(differences(&at, was, is, &["required", "schema"]));
        comparison.sent(&was["schema"], &is["schema"], &at);
    }
    for is in new.iter().filter(|is| is_required(is) && !old.iter().any(|was| is_same(was, is))) {
        comparison.say(&place(is), "it is new and required");
    }
}

fn body<'d>(comparison: &mut Comparison<'d>, name: &str, had: &'d Value, has: &'d Value) {
    let at = format!("{name}: body");
    let (had, has) = (comparison.of_old(had, &at), comparison.of_new(has, &at));
    if has["required"] == true && had["required"] != true {
        comparison.say(&at, "it is required now");
    }
    comparison.breaks.extend(differences(&at, had, has, &["content", "required"]));
    for (kind, was) in members(&had["content"]) {
        match has["content"].get(kind) {
            Some(is) => {
                let at = of_kind(&at, kind);
                comparison.breaks.extend(differences(&at, was, is, &["schema"]));
                comparison.sent(&was["schema"], &is["schema"], &at);
            }
            None => comparison.say(&at, &format!("{kind} is not taken any more")),
        }
    }
}

fn answers<'d>(comparison: &mut Comparison<'d>, name: &str, was: &'d Value, is: &'d Value) {
    for (status, was) in members(was) {
        let at = format!("{name}: answer {status}");
        match is.get(status) {
            Some(is) => answer(comparison, &at, was, is),
            None => comparison.say(&at, "it is gone"),
        }
    }
    for (status, is) in members(is).filter(|(status, _)| was.get(status).is_none()) {
        let at = format!("{name}: answer {status}");
        let range = format!("{}XX", status.get(..1).unwrap_or_default());
        // A client that knows the range takes it for one of these.
        match was.get(&range).or_else(|| was.get("default")) {
            Some(was) => answer(comparison, &at, was, is),
            None => comparison.say(&at, "it is new"),
        }
    }
}

fn answer<'d>(comparison: &mut Comparison<'d>, at: &str, was: &'d Value, is: &'d Value) {
    let (was, is) = (comparison.of_old(was, at), comparison.of_new(is, at));
    comparison.breaks.extend(differences(at, was, is, &["content", "headers"]));
    for (kind, was) in members(&was["content"]) {
        match is["content"].get(kind) {
            Some(is) => given(comparison, &of_kind(at, kind), was, is),
            None => comparison.say(at, &format!("{kind} is gone")),
        }
    }
    for (name, was) in members(&was["headers"]) {
        let at = format!("{at}: header {name}");
        match is["headers"].get(name) {
            Some(is) => given(comparison, &at, was, is),
            None => comparison.say(&at, "it is gone"),
        }
    }
}

/// A body or a header of an answer.
fn given<'d>(comparison: &mut Comparison<'d>, at: &str, was: &'d Value, is: &'d Value) {
    let (was, is) = (comparison.of_old(was, at), comparison.of_new(is, at));
    comparison.breaks.extend(differences(at, was, is, &["schema"]));
    comparison.received(&was["schema"], &is["schema"], at);
}

/// JSON is what is meant where nothing is said.
fn of_kind(at: &str, kind: &str) -> String {
    if kind == "application/json" { at.to_owned() } else { format!("{at} as {kind}") }
}
