//! What a dry run came to.

use gpuaas_sdk::DryRun;

use super::{Failure, Format, Table, json, print};

/// Prints it, and fails if the request would be refused.
pub(crate) fn dry_run(format: Format, tried: &DryRun) -> Result<(), Failure> {
    if format.json {
        json(tried)?
    } else {
        print(&text(tried))?
    }
    match tried.failed_checks.first() {
        None => Ok(()),
        Some(first) => Err(Failure::other(format!("it would be refused: {}", first.code))),
    }
}

fn text(tried: &DryRun) -> String {
    let mut text = if tried.would_succeed { "it would succeed\n".to_owned() } else { String::new() };
    for check in &tried.failed_checks {
        text.push_str(&format!("{} ({}): {}\n", check.code, check.status, check.message));
        for field in check.fields.iter().filter(|field| !check.message.contains(&field.message)) {
            text.push_str(&format!("  {}: {}\n", field.field, field.message));
        }
    }
    if !tried.rules.is_empty() {
        text.push_str(&format!("allowed by {}\n", tried.rules.join(", ")));
    }
    if tried.would_succeed && tried.events.is_empty() {
        text.push_str("nothing would change\n");
    }
    if !tried.events.is_empty() {
        let mut table = Table::new(["EVENT", "RESOURCE", "VERSION"]);
        for event in &tried.events {
            table.row([event.event.clone(), event.resource.clone(), event.version.to_string()]);
        }
        text.push_str(&table.to_string());
    }
    text
}
