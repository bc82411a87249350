//! Which server to ask, and what to show it.

use std::io::ErrorKind;
use std::path::Path;

use gpuaas_sdk::Client;

use crate::config::{ByClient, Flags, SERVER, Settings, TOKEN, TOKEN_FILE};
use crate::output::Failure;
use crate::serve::directory;

/// The server that the settings name; without any, the one on the local data directory.
pub(super) fn open(flags: &Flags<ByClient>) -> Result<Client, Failure> {
    let settings = Settings::of_process(flags)?;
    let server = settings.text(&SERVER);
    let base = match server {
        Some(base) => checked(&settings, base)?.to_owned(),
        None => directory::address(&settings.data()?),
    };
    let token = match (settings.text(&TOKEN), settings.text(&TOKEN_FILE), server) {
        (Some(token), _, _) => Some(token.to_owned()),
        (None, Some(file), _) => Some(read(Path::new(file))?),
        (None, None, None) => own(&directory::admin_token(&settings.data()?))?,
        // The operator's token is for the operator's own server, and shown to no other.
        (None, None, Some(_)) => None,
    };
    Ok(Client::new(&base, token.as_deref())?)
}

fn checked<'s>(settings: &Settings, base: &'s str) -> Result<&'s str, Failure> {
    if base.starts_with("http://") || base.starts_with("https://") {
        return Ok(base);
    }
    Err(settings.refuse(&SERVER, "expected a URL, for example http://127.0.0.1:7070").into())
}

/// The token in a file that was named.
fn read(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| Failure::Usage(format!("cannot read the token in {}: {error}", file.display())))?;
    Ok(text.trim().to_owned())
}

/// Why no token was shown, if none was because the data directory has none.
pub(super) fn without_token(flags: &Flags<ByClient>) -> Option<Failure> {
    let settings = Settings::of_process(flags).ok()?;
    if [&TOKEN, &TOKEN_FILE, &SERVER].iter().any(|setting| settings.text(setting).is_some()) {
        return None;
    }
    let data = settings.data().ok()?;
    let message = format!("there is no admin.token in {}; is it the server's data directory?", data.display());
    (!directory::admin_token(&data).exists()).then(|| Failure::local("no_token", message))
}

/// The operator's token, if there is one.
fn own(file: &Path) -> Result<Option<String>, Failure> {
    match std::fs::metadata(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Ok(_) | Err(_) => read(file).map(Some),
    }
}
