//! What a server is told about who signs the log's checkpoints, and who cosigns them.

use std::fmt::Display;
use std::str::FromStr;

use gpuaas_api::outgoing::ListedWitness;
use gpuaas_api::signing::KeySource;

use crate::config::{ConfigError, SIGNING_KEYS, Setting, Settings, WITNESSES};

/// Most witnesses: a checkpoint carries 16 signatures, of which the log's keys need some.
const MOST: usize = 12;

/// The keys that are kept outside of the key store.
pub(super) fn signing_keys(settings: &Settings) -> Result<Vec<KeySource>, ConfigError> {
    listed(settings, &SIGNING_KEYS, ';')
}

/// The witnesses.
pub(super) fn witnesses(settings: &Settings) -> Result<Vec<ListedWitness>, ConfigError> {
    let witnesses: Vec<ListedWitness> = listed(settings, &WITNESSES, ',')?;
    let names_one_twice = (1..witnesses.len()).any(|n| witnesses[..n].iter().any(|one| one.key == witnesses[n].key));
    match (witnesses.len() > MOST, names_one_twice) {
        (true, _) => Err(settings.refuse(&WITNESSES, format!("expected at most {MOST} witnesses"))),
        (false, true) => Err(settings.refuse(&WITNESSES, "it names one witness twice")),
        (false, false) => Ok(witnesses),
    }
}

fn listed<T: FromStr<Err: Display>>(
    settings: &Settings,
    setting: &'static Setting,
    separator: char,
) -> Result<Vec<T>, ConfigError> {
    let items = settings.text(setting).unwrap_or_default().split(separator).map(str::trim);
    let read = |item: &str| item.parse().map_err(|error: T::Err| settings.refuse(setting, error.to_string()));
    items.filter(|item| !item.is_empty()).map(read).collect()
}
