//! The settings as flags of the commands that take them.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, Error, FromArgMatches};

use super::table::{self, Setting, Use};

/// Which settings are flags of a command.
pub(crate) trait Taken {
    /// Whether this one is.
    fn takes(setting: &Setting) -> bool;
    /// Whether they may stand behind a subcommand.
    const GLOBAL: bool;
}

macro_rules! taken {
    ($($(#[$meta:meta])* $name:ident: $takes:expr, $global:literal;)+) => {$(
        $(#[$meta])*
        pub(crate) struct $name;

        impl Taken for $name {
            const GLOBAL: bool = $global;
            fn takes(setting: &Setting) -> bool {
                let takes: fn(&Setting) -> bool = $takes;
                takes(setting)
            }
        }
    )+};
}

taken! {
    /// Those of the embedded platform.
    ByUp: |setting| setting.used_by.contains(&Use::Up), false;
    /// Those of a production server.
    ByServer: |setting| setting.used_by.contains(&Use::Server), false;
    /// Those of a client.
    ByClient: |setting| setting.used_by.contains(&Use::Client), true;
    /// All of them.
    ByAll: |_| true, false;
}

/// The file's own flag, and what it is called among a command's arguments.
const FILE: (&str, &str) = ("setting config", "config");

/// What was given on the command line.
pub(crate) struct Flags<T> {
    given: BTreeMap<&'static str, String>,
    file: Option<String>,
    taken: PhantomData<T>,
}

impl<T> Flags<T> {
    /// The value that was given for a setting.
    pub(super) fn get(&self, setting: &Setting) -> Option<&str> {
        self.given.get(setting.name).map(String::as_str)
    }

    /// The settings file that was given.
    pub(super) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }
}

/// Values may be secrets.
impl<T> fmt::Debug for Flags<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.given.keys()).finish()
    }
}

fn taken<T: Taken>() -> impl Iterator<Item = &'static Setting> {
    table::ALL.iter().copied().filter(|setting| T::takes(setting))
}

fn flag<T: Taken>((id, name): (&'static str, &'static str), value: &'static str, help: String) -> Arg {
    let arg = Arg::new(id).long(name).value_name(value).help(help).global(T::GLOBAL);
    if T::GLOBAL { arg.help_heading("Connection") } else { arg }
}

fn help(setting: &Setting) -> String {
    let default = if setting.default.is_empty() { String::new() } else { format!(" [default: {}]", setting.default) };
    format!("{} [env: {}]{default}", setting.help, setting.variable())
}

impl<T: Taken> Args for Flags<T> {
    fn augment_args(command: Command) -> Command {
        let command = taken::<T>().fold(command, |command, setting| {
            command.arg(flag::<T>((setting.id, setting.name), setting.value, help(setting)))
        });
        let about =
            "The file with settings [env: GPUAAS_CONFIG] [default: gpuaas/config.toml in the folder for settings]";
        command.arg(flag::<T>(FILE, "FILE", about.to_owned()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Taken> FromArgMatches for Flags<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let read = |id: &str| {
            let value = matches.try_get_one::<String>(id);
            value.map(|value| value.cloned()).map_err(|error| Error::raw(ErrorKind::InvalidValue, error))
        };
        let mut given = BTreeMap::new();
        for setting in taken::<T>() {
            if let Some(value) = read(setting.id)? {
                given.insert(setting.name, value);
            }
        }
        Ok(Self { given, file: read(FILE.0)?, taken: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
