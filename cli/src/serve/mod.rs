//! The commands that are a server: `gpuaas up` on this machine alone, and `gpuaas server`
//! as one of several.

pub(crate) mod directory;
mod embedded;
pub(crate) mod local_node;
mod nodes;
pub(crate) mod platform;
mod production;
mod refusal;
mod run;
pub(crate) mod signals;
mod telemetry;

use std::path::PathBuf;

use gpuaas_api::http::rate::Rate;
use gpuaas_api::server::Limits;

use crate::config::{BODY_LIMIT, ConfigError, HOSTS, RATE_BURST, RATE_LIMIT, Settings};

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

/// The host names that clients use.
fn hosts(settings: &Settings) -> Vec<String> {
    words(settings.text(&HOSTS)).map(str::to_owned).collect()
}

/// What stands between the commas.
fn words(text: Option<&str>) -> impl Iterator<Item = &str> {
    text.unwrap_or_default().split(',').map(str::trim).filter(|word| !word.is_empty())
}
