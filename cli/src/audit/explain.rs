//! `gpuaas audit explain`: an entry of the log in plain sentences.

use std::process::ExitCode;

use clap::Args;
use gpuaas_sdk::{Explanation, Step};

use crate::client::{self, Ask, Session};
use crate::config::{ByClient, Flags};
use crate::output::{self, Failure, Format};

/// Which entry.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    flags: Flags<ByClient>,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    wanted: Wanted,
}

#[derive(Debug, Args)]
struct Wanted {
    /// Its position in the log.
    position: u64,
}

/// Explains.
pub(crate) fn run(arguments: Explain) -> ExitCode {
    let Explain { flags, format, wanted } = arguments;
    client::ask(&flags, format, wanted)
}

impl Ask for Wanted {
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
