//! What a server is told about nodes.

use std::time::Duration;

use gpuaas_api::gateway;
use gpuaas_api::outgoing::{ListedRegistry, ListedRegistryError};

use crate::config::{
    ATTEST_EVERY, ConfigError, GATEWAY_LISTEN, GATEWAY_NAMES, NODE_CERTIFICATE, NODE_HEARTBEAT, NODE_OFFLINE_AFTER,
    REGISTRIES, Seconds, Setting, Settings,
};

/// The gateway that nodes speak to.
pub(super) fn gateway(settings: &Settings) -> Result<gateway::Settings, ConfigError> {
    Ok(gateway::Settings {
        names: super::words(settings.text(&GATEWAY_NAMES)).map(str::to_owned).collect(),
        certificate: at_least(settings, &NODE_CERTIFICATE, 2)?,
        heartbeat: at_least(settings, &NODE_HEARTBEAT, 1)?,
        offline_after: at_least(settings, &NODE_OFFLINE_AFTER, 1)?,
        attest_every: at_least(settings, &ATTEST_EVERY, 1)?,
        ..gateway::Settings::at(settings.required(&GATEWAY_LISTEN)?)
    })
}

/// The registries that images may come from.
pub(super) fn registries(settings: &Settings) -> Result<Vec<ListedRegistry>, ConfigError> {
    let refuse = |error: ListedRegistryError| settings.refuse(&REGISTRIES, error.to_string());
    super::words(settings.text(&REGISTRIES)).map(|text| text.parse().map_err(refuse)).collect()
}

fn at_least(settings: &Settings, setting: &'static Setting, seconds: u64) -> Result<Duration, ConfigError> {
    let given: Seconds = settings.required(setting)?;
    if given.0 < seconds {
        return Err(settings.refuse(setting, format!("expected at least {seconds}s")));
    }
    Ok(given.into())
}
