//! The settings file: TOML, one key a setting.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::table;
use super::{ConfigError, Environment};

/// The variable that names the file.
const VARIABLE: &str = "GPUAAS_CONFIG";

/// A settings file that was read.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) values: BTreeMap<String, String>,
}

/// Reads the file that was named, which must be there, or the usual one if it is there.
pub(super) fn read(flag: Option<&str>, environment: &Environment) -> Result<File, ConfigError> {
    let named = flag.or(environment.get(VARIABLE)).map(PathBuf::from);
    let Some(path) = named.clone().or_else(|| usual(environment)) else { return Ok(File::default()) };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(File { values: parse(&path, &text)?, path }),
        Err(error) if error.kind() == ErrorKind::NotFound && named.is_none() => Ok(File::default()),
        Err(error) => Err(ConfigError::File { path, reason: error.to_string() }),
    }
}

/// `gpuaas/config.toml` where this person's settings are (XDG Base Directory).
fn usual(environment: &Environment) -> Option<PathBuf> {
    let of_home = || environment.get("HOME").map(|home| Path::new(home).join(".config"));
    let folder = environment.get("XDG_CONFIG_HOME").map(PathBuf::from).or_else(of_home)?;
    Some(folder.join("gpuaas/config.toml"))
}

fn parse(path: &Path, text: &str) -> Result<BTreeMap<String, String>, ConfigError> {
    let refuse = |reason: String| ConfigError::File { path: path.to_owned(), reason };
    let table: toml::Table =
        text.parse().map_err(|error: toml::de::Error| refuse(error.to_string().trim().to_owned()))?;
    let known = |key: &str| table::ALL.iter().any(|setting| setting.key() == key);
    let mut values = BTreeMap::new();
    for (key, value) in table {
        if !known(&key) {
            return Err(refuse(format!("there is no setting {key}; `gpuaas config` lists all")));
        }
        let value =
            plain(&value).ok_or_else(|| refuse(format!("{key} has to be a text, a number or a list of texts")))?;
        values.insert(key, value);
    }
    Ok(values)
}

/// A value as one would write it in a flag.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(yes) => Some(yes.to_string()),
        toml::Value::Array(items) => items.iter().map(plain).collect::<Option<Vec<_>>>().map(|items| items.join(",")),
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
