//! Reading one's own writes from one command to the next: where in the log the last change
//! stands is remembered for each server, and the next command does not read what is older.
//!
//! It is a convenience. Where it cannot be remembered, a command may for a moment not see
//! what the one before it changed.

use std::path::PathBuf;
use std::time::Duration;

use gpuaas_sdk::Client;

use crate::config;

/// After so long, every read model has come by.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// Goes on where the last command stood; gives where that is.
pub(super) fn take_up(client: &Client) -> Option<String> {
    let file = file(client)?;
    let age = file.metadata().ok()?.modified().ok()?.elapsed().unwrap_or_default();
    let position = std::fs::read_to_string(&file).ok().filter(|_| age < FORGOTTEN)?;
    client.stand_at(position.trim());
    client.position()
}

/// Remembers where this command leaves off, if that is elsewhere.
pub(super) fn leave(client: &Client, stood: Option<&str>) {
    let position = client.position();
    let Some((file, position)) = file(client).zip(position.filter(|position| Some(position.as_str()) != stood)) else {
        return;
    };
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    // Another command may be doing the same; either's position will do.
    if let Err(error) = folder.and_then(|()| std::fs::write(&file, position)) {
        tracing::debug!(%error, "the position is not remembered");
    }
}

fn file(client: &Client) -> Option<PathBuf> {
    let name = client.base().replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    Some(config::state_folder()?.join("positions").join(name))
}
