//! `gpuaas audit explain`: an entry of the log in plain sentences.

use clap::Args;
use gpuaas_sdk::{Explanation, Step};

use crate::client::{Ask, Session};
use crate::output::{self, Failure};

/// Which entry.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// Its position in the log.
    position: u64,
}

impl Ask for Explain {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let explained = client.explain_log_entry(&self.position.to_string()).await?.value;
        if format.json { output::json(&explained) } else { output::print(&text(&explained)) }
    }
}

fn text(explained: &Explanation) -> String {
    let mut text = explained.sentences.join("\n") + "\n";
    section(&mut text, "Led to it", &explained.led_to_by, |_| 0);
    section(&mut text, "Followed from it", &explained.followed_by, |step| step.depth.saturating_sub(1));
    if !explained.complete {
        text.push_str("\nThere is more than is told at once.\n");
    }
    text.push_str("\nReceipts\n");
    for entry in &explained.entries {
        text.push_str(&format!("  {} at position {}: {}\n", entry.event, entry.position, entry.receipt));
    }
    text
}

fn section(text: &mut String, title: &str, steps: &[Step], indent: impl Fn(&Step) -> u64) {
    if steps.is_empty() {
        return;
    }
    text.push_str(&format!("\n{title}\n"));
    for step in steps {
        let indent = "  ".repeat(usize::try_from(indent(step)).unwrap_or(0) + 1);
        text.push_str(&format!("{indent}{}\n", step.sentence));
    }
}
