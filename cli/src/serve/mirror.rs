//! What a server is told about the mirror of its log in NATS.

use gpuaas_api::server::MirrorSettings;

use crate::config::{ConfigError, MIRROR_AUDIT_EVERY, NATS_CREDENTIALS, NATS_REPLICAS, NATS_URL, Seconds, Settings};

/// The mirror, if there is to be one.
pub(super) fn mirror(settings: &Settings) -> Result<Option<MirrorSettings>, ConfigError> {
    let replicas = settings.required(&NATS_REPLICAS)?;
    if ![1, 3, 5].contains(&replicas) {
        return Err(settings.refuse(&NATS_REPLICAS, "expected 1, 3 or 5"));
    }
    let audit_every: Seconds = settings.required(&MIRROR_AUDIT_EVERY)?;
    if audit_every.0 == 0 {
        return Err(settings.refuse(&MIRROR_AUDIT_EVERY, "expected at least 1s"));
    }
    let Some(url) = settings.text(&NATS_URL) else { return Ok(None) };
    let mirror = MirrorSettings {
        credentials: settings.text(&NATS_CREDENTIALS).map(Into::into),
        replicas,
        audit_every: audit_every.into(),
        ..MirrorSettings::new(url)
    };
    mirror.servers().map_err(|_| settings.refuse(&NATS_URL, "expected nats://HOST:PORT or tls://HOST:PORT"))?;
    Ok(Some(mirror))
}
