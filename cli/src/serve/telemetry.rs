//! What a server writes of what it does: on standard error, for people or as JSON.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{ConfigError, LOG, LOG_FORMAT, Settings};

/// Begins to write. `usual` is the filter where nobody gives one.
pub(super) fn start(settings: &Settings, usual: &str) -> Result<(), ConfigError> {
    let filter = EnvFilter::try_new(settings.text(&LOG).unwrap_or(usual));
    let filter = filter.map_err(|error| settings.refuse(&LOG, error.to_string()))?;
    let written = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.text(&LOG_FORMAT) {
        Some("json") => written.json().init(),
        Some("text") => written.with_ansi(std::io::stderr().is_terminal()).init(),
        Some(_) | None => return Err(settings.refuse(&LOG_FORMAT, "expected text or json")),
    }
    Ok(())
}
