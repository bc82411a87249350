//! What breaks a client of the REST API.

use serde_json::Value;

use super::schema::Comparison;
use super::{items, members};

/// Every break.
pub(super) fn breaks(old: &Value, new: &Value) -> Vec<String> {
    let mut comparison = Comparison::new(old, new);
    for (path, was) in members(&old["paths"]) {
        for (method, was) in members(was) {
            let name = format!("{} {path}", method.to_uppercase());
            match new["paths"].get(path).and_then(|item| item.get(method)) {
                Some(is) => operation(&mut comparison, &name, was, is),
                None => comparison.breaks.push(format!("{name}: it is gone")),
            }
        }
    }
    comparison.breaks
}

fn operation<'d>(comparison: &mut Comparison<'d>, name: &str, was: &'d Value, is: &'d Value) {
    if was["operationId"] != is["operationId"] {
        comparison
            .breaks
            .push(format!("{name}: its operationId was {} and is {}", was["operationId"], is["operationId"]));
    }
    parameters(comparison, name, was, is);
    body(comparison, name, was, is);
    for (status, was) in members(&was["responses"]) {
        let at = format!("{name}: answer {status}");
        let Some(is) = is["responses"].get(status) else {
            comparison.breaks.push(format!("{at}: it is gone"));
            continue;
        };
        let (was, is) = (comparison.of_old(was), comparison.of_new(is));
        for (kind, was) in members(&was["content"]) {
            match is["content"].get(kind) {
                Some(is) => comparison.received(&was["schema"], &is["schema"], &at),
                None => comparison.breaks.push(format!("{at}: {kind} is gone")),
            }
        }
    }
}

/// A parameter that is gone is refused as unknown, and one that is newly wanted is missing.
fn parameters<'d>(comparison: &mut Comparison<'d>, name: &str, was: &'d Value, is: &'d Value) {
    let old: Vec<&Value> = items(&was["parameters"]).iter().map(|parameter| comparison.of_old(parameter)).collect();
    let new: Vec<&Value> = items(&is["parameters"]).iter().map(|parameter| comparison.of_new(parameter)).collect();
    let is_same = |a: &Value, b: &Value| a["name"] == b["name"] && a["in"] == b["in"];
    let is_required = |parameter: &Value| parameter["required"] == true;
    for was in &old {
        let at = format!("{name}: parameter {}", was["name"].as_str().unwrap_or_default());
        let Some(is) = new.iter().find(|is| is_same(was, is)) else {
            comparison.breaks.push(format!("{at}: it is gone"));
            continue;
        };
        if is_required(is) && !is_required(was) {
            comparison.breaks.push(format!("{at}: it is required now"));
        }
        comparison.sent(&was["schema"], &is["schema"], &at);
    }
    for is in new.iter().filter(|is| is_required(is) && !old.iter().any(|was| is_same(was, is))) {
        comparison
            .breaks
            .push(format!("{name}: parameter {}: it is new and required", is["name"].as_str().unwrap_or_default()));
    }
}

fn body<'d>(comparison: &mut Comparison<'d>, name: &str, was: &'d Value, is: &'d Value) {
    let (had, has) = (comparison.of_old(&was["requestBody"]), comparison.of_new(&is["requestBody"]));
    if has["required"] == true && had["required"] != true {
        comparison.breaks.push(format!("{name}: a body is required now"));
    }
    for (kind, was) in members(&had["content"]) {
        match has["content"].get(kind) {
            Some(is) => comparison.sent(&was["schema"], &is["schema"], &format!("{name}: body")),
            None => comparison.breaks.push(format!("{name}: a body of {kind} is not taken any more")),
        }
    }
}
