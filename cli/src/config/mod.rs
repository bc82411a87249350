//! Settings and where they come from: flags, then the environment, then a file, then
//! what is usual. The first that says something holds.

mod duration;
mod file;
mod flags;
mod show;
mod table;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

pub(crate) use duration::Seconds;
pub(crate) use flags::{ByAll, ByClient, ByServer, ByUp, Flags};
pub(crate) use show::{Arguments, run};
pub(crate) use table::*;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read, or says what cannot be understood.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// An environment variable is not text.
    #[error("{0} is not text")]
    NotText(String),
    /// A value is not one of its kind.
    #[error("{name} is `{value}` ({source_name}): {reason}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Its value, masked if it is a secret.
        value: String,
        /// Where it comes from.
        source_name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A setting that is needed has no value.
    #[error("{name} is not set; give --{name}, or set {variable}")]
    Missing {
        /// The setting.
        name: &'static str,
        /// Its environment variable.
        variable: String,
    },
    /// Where to keep data cannot be told.
    #[error("no home directory is known; give --data DIR")]
    NoHome,
}

/// The environment's variables that are text.
#[derive(Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl Environment {
    /// This process's. An empty variable counts as none.
    pub(crate) fn of_process() -> Result<Self, ConfigError> {
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let Ok(name) = name.into_string() else { continue };
            match value.into_string() {
                Ok(value) if !value.is_empty() => drop(variables.insert(name, value)),
                Ok(_) => {}
                Err(_) if name.starts_with("GPUAAS_") => return Err(ConfigError::NotText(name)),
                Err(_) => {}
            }
        }
        Ok(Self(variables))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// The command line.
    Flag,
    /// The environment.
    Variable(String),
    /// The file.
    File(PathBuf),
    /// Nobody gave one.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A setting with its value.
#[derive(Debug, Clone)]
pub(crate) struct InForce {
    setting: &'static Setting,
    value: Option<String>,
    source: Source,
}

/// All settings with their values.
#[derive(Debug)]
pub(crate) struct Settings(Vec<InForce>);

impl Settings {
    /// What the flags, this process's environment and the file say together.
    pub(crate) fn of_process<T>(flags: &Flags<T>) -> Result<Self, ConfigError> {
        Self::resolve(flags, &Environment::of_process()?)
    }

    fn resolve<T>(flags: &Flags<T>, environment: &Environment) -> Result<Self, ConfigError> {
        let file = file::read(flags.file(), environment)?;
        let value = |setting: &'static Setting| {
            let variable = setting.variable();
            let given = [
                (flags.get(setting), Source::Flag),
                (environment.get(&variable), Source::Variable(variable.clone())),
                (file.values.get(&setting.key()).map(String::as_str), Source::File(file.path.clone())),
                (Some(setting.default).filter(|default| !default.is_empty()), Source::Default),
            ];
            let found = given.into_iter().find_map(|(value, source)| Some((value?.to_owned(), source)));
            let (value, source) = found.map_or((None, Source::Default), |(value, source)| (Some(value), source));
            InForce { setting, value, source }
        };
        let mut settings = Self(ALL.iter().copied().map(value).collect());
        settings.fill(&DATA, data_folder(environment));
        Ok(settings)
    }

    /// Gives a setting that nobody gave a value the usual one, which is not the same everywhere.
    fn fill(&mut self, setting: &'static Setting, usual: Option<PathBuf>) {
        let unset = self.0.iter_mut().find(|line| std::ptr::eq(line.setting, setting) && line.value.is_none());
        if let (Some(line), Some(usual)) = (unset, usual) {
            line.value = Some(usual.display().to_string());
        }
    }

    fn line(&self, setting: &'static Setting) -> &InForce {
        self.0.iter().find(|line| std::ptr::eq(line.setting, setting)).expect("the table has every setting")
    }

    /// A setting's text, if it has one.
    pub(crate) fn text(&self, setting: &'static Setting) -> Option<&str> {
        self.line(setting).value.as_deref()
    }

    /// A setting's value, if it has one.
    pub(crate) fn optional<T: FromStr>(&self, setting: &'static Setting) -> Result<Option<T>, ConfigError>
    where
        T::Err: fmt::Display,
    {
        let Some(text) = self.text(setting) else { return Ok(None) };
        text.parse().map(Some).map_err(|error: T::Err| self.refuse(setting, error.to_string()))
    }

    /// The value of a setting that has to have one.
    pub(crate) fn required<T: FromStr>(&self, setting: &'static Setting) -> Result<T, ConfigError>
    where
        T::Err: fmt::Display,
    {
        let missing = || ConfigError::Missing { name: setting.name, variable: setting.variable() };
        self.optional(setting)?.ok_or_else(missing)
    }

    /// Says that a setting's value is not one of its kind.
    pub(crate) fn refuse(&self, setting: &'static Setting, reason: impl Into<String>) -> ConfigError {
        let line = self.line(setting);
        ConfigError::Value {
            name: setting.name,
            value: line.shown().unwrap_or_default(),
            source_name: line.source.to_string(),
            reason: reason.into(),
        }
    }

    /// The data directory.
    pub(crate) fn data(&self) -> Result<PathBuf, ConfigError> {
        self.text(&DATA).map(PathBuf::from).ok_or(ConfigError::NoHome)
    }
}

/// The data directory where nobody names one.
pub(crate) fn usual_data() -> Result<Option<PathBuf>, ConfigError> {
    Environment::of_process().map(|environment| data_folder(&environment))
}

/// Where commands remember what they need not remember (XDG Base Directory).
pub(crate) fn state_folder() -> Option<PathBuf> {
    let environment = Environment::of_process().ok()?;
    let of_home = || environment.get("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    Some(environment.get("XDG_STATE_HOME").map(PathBuf::from).or_else(of_home)?.join("gpuaas"))
}

/// `gpuaas` where this person's application data is (XDG Base Directory).
fn data_folder(environment: &Environment) -> Option<PathBuf> {
    let of_home = || environment.get("HOME").map(|home| PathBuf::from(home).join(".local/share"));
    Some(environment.get("XDG_DATA_HOME").map(PathBuf::from).or_else(of_home)?.join("gpuaas"))
}

#[cfg(test)]
mod tests;
