//! `gpuaas config`: every setting in force and where it came from.

use clap::Args;
use serde_json::{Value, json};

use super::table::Shown;
use super::{ByAll, Flags, InForce, Settings};
use crate::output::{self, Failure, Format, Table};

/// What stands for a secret.
const MASK: &str = "********";

/// Arguments of `gpuaas config`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    flags: Flags<ByAll>,
    #[command(flatten)]
    pub(crate) format: Format,
}

/// Prints the settings.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let settings = Settings::of_process(&arguments.flags)?;
    if arguments.format.json {
        output::json(&settings.to_json())
    } else {
        output::print(&settings.to_table().to_string())
    }
}

impl Settings {
    fn to_table(&self) -> Table {
        let mut table = Table::new(["SETTING", "VALUE", "FROM"]);
        for line in &self.0 {
            let shown = line.shown().unwrap_or_else(|| "-".to_owned());
            table.row([line.setting.name.to_owned(), shown, line.source.to_string()]);
        }
        table
    }

    fn to_json(&self) -> Value {
        let lines = self.0.iter().map(|line| {
            let value = json!({"value": line.shown(), "source": line.source.to_string()});
            (line.setting.key(), value)
        });
        Value::Object(lines.collect())
    }
}

impl InForce {
    /// What may be shown of the value.
    pub(super) fn shown(&self) -> Option<String> {
        let value = self.value.as_ref()?;
        Some(match self.setting.shown {
            Shown::Whole => value.clone(),
            Shown::Masked => MASK.to_owned(),
            Shown::WithoutPassword => without_password(value),
        })
    }
}

/// A URL with its password masked. A path has none. What is neither may be anything, and is
/// masked whole.
fn without_password(url: &str) -> String {
    if url.starts_with('/') {
        return url.to_owned();
    }
    let Some((scheme, rest)) = url.split_once("://") else { return MASK.to_owned() };
    // A password that was not escaped may hold an @, or more of them.
    let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
    let user = user.map(|user| user.split_once(':').map_or(format!("{user}@"), |(name, _)| format!("{name}:{MASK}@")));
    let (place, query) = place.split_once('?').map_or((place, None), |(place, query)| (place, Some(query)));
    let query = query.map(|query| format!("?{}", query.split('&').map(masked_parameter).collect::<Vec<_>>().join("&")));
    format!("{scheme}://{}{place}{}", user.unwrap_or_default(), query.unwrap_or_default())
}

fn masked_parameter(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, _)) if name.contains("password") => format!("{name}={MASK}"),
        _ => parameter.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn a_password_in_a_url_is_masked() {
        assert_eq!(without_password("postgres://gpuaas:a:b@c@db/x"), "postgres://gpuaas:********@db/x");
        assert_eq!(without_password("postgres://db/x?password=p&a=b"), "postgres://db/x?password=********&a=b");
        assert_eq!(without_password("postgres://db/x"), "postgres://db/x");
        assert_eq!(without_password("postgres://gpuaas@db/x?a=b"), "postgres://gpuaas@db/x?a=b");
        assert_eq!(without_password("host=db password=secret"), "********");
    }
}
