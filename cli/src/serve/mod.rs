//! The commands that are a server: `gpuaas up` on this machine alone, and `gpuaas server`
//! as one of several.

mod custody;
pub(crate) mod directory;
mod embedded;
pub(crate) mod local_node;
mod mirror;
mod nodes;
pub(crate) mod platform;
mod production;
mod refusal;
mod run;
pub(crate) mod signals;
mod telemetry;

use std::path::PathBuf;

use gpuaas_api::http::rate::Rate;
use gpuaas_api::outgoing::{Destinations, ListedHostError};
use gpuaas_api::publication::Publication;
use gpuaas_api::server::Limits;
use gpuaas_api::webhooks;

use crate::config::{
    BODY_LIMIT, ConfigError, HOSTS, PUBLISH_EVERY, PUBLISH_TREE, RATE_BURST, RATE_LIMIT, Seconds, Settings,
    WEBHOOK_HOSTS,
};

pub(crate) use embedded::Up;
pub(crate) use production::Server;

/// A relative data directory is where it is, wherever the process goes.
fn data(settings: &Settings) -> Result<PathBuf, ConfigError> {
    let data = settings.data()?;
    Ok(std::path::absolute(&data).unwrap_or(data))
}

/// How much the server takes on.
fn limits(settings: &Settings) -> Result<Limits, ConfigError> {
    let per_second: u32 = settings.required(&RATE_LIMIT)?;
    let burst: u32 = settings.required(&RATE_BURST)?;
    if burst == 0 {
        return Err(settings.refuse(&RATE_BURST, "expected at least 1: nobody could ask anything"));
    }
    let rate = Rate { per_second: per_second.into(), burst: burst.into() };
    Ok(Limits {
        rate: (per_second > 0).then_some(rate),
        body_bytes: settings.required(&BODY_LIMIT)?,
        ..Limits::default()
    })
}

/// Where webhooks may lead.
fn webhooks(settings: &Settings) -> Result<webhooks::Settings, ConfigError> {
    let refuse = |error: ListedHostError| settings.refuse(&WEBHOOK_HOSTS, error.to_string());
    let listed =
        words(settings.text(&WEBHOOK_HOSTS)).map(|text| text.parse().map_err(refuse)).collect::<Result<_, _>>()?;
    Ok(webhooks::Settings {
        destinations: Destinations { listed, ..Destinations::default() },
        ..webhooks::Settings::default()
    })
}

/// What of the log is for everybody.
fn publication(settings: &Settings) -> Result<Publication, ConfigError> {
    let every: Seconds = settings.required(&PUBLISH_EVERY)?;
    if every.0 == 0 {
        let reason = "expected at least 1s: a checkpoint that moves at once tells how much happens when";
        return Err(settings.refuse(&PUBLISH_EVERY, reason));
    }
    Ok(Publication { open: settings.required(&PUBLISH_TREE)?, every: every.into() })
}

/// The host names that clients use.
fn hosts(settings: &Settings) -> Vec<String> {
    words(settings.text(&HOSTS)).map(str::to_owned).collect()
}

/// What stands between the commas.
fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty())
}
