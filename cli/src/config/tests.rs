//! One settings file, one environment and one command line at a time.

use clap::{Args as _, Command, FromArgMatches as _};

use super::*;

const PLACE: [(&str, &str); 1] = [("HOME", "/home/ada")];

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
}

fn flags(arguments: &[&str]) -> Flags<ByAll> {
    let command = Flags::<ByAll>::augment_args(Command::new("test").no_binary_name(true));
    Flags::from_arg_matches(&command.get_matches_from(arguments)).unwrap()
}

fn resolve(arguments: &[&str], variables: &[(&str, &str)]) -> Settings {
    Settings::resolve(&flags(arguments), &environment(variables)).unwrap()
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn check(settings: &Settings, setting: &'static Setting, value: Option<&str>, source: &str) {
    let line = settings.line(setting);
    assert_eq!((line.value.as_deref(), line.source.to_string().as_str()), (value, source));
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let file = file("log = 'debug'\nlisten = '127.0.0.1:1'\nrate_limit = 3\n");
    let path = file.path().to_str().unwrap();
    let variables = [("GPUAAS_CONFIG", path), ("GPUAAS_LISTEN", "127.0.0.1:2"), ("GPUAAS_RATE_LIMIT", "4")];
    let settings = resolve(&["--rate-limit", "5"], &variables);
    check(&settings, &RATE_LIMIT, Some("5"), "flag");
    check(&settings, &LISTEN, Some("127.0.0.1:2"), "environment GPUAAS_LISTEN");
    check(&settings, &LOG, Some("debug"), &format!("file {path}"));
    check(&settings, &LOG_FORMAT, Some("text"), "default");
    check(&settings, &TOKEN, None, "default");
}

#[test]
fn the_data_directory_is_the_usual_one_unless_one_is_given() {
    check(&resolve(&[], &PLACE), &DATA, Some("/home/ada/.local/share/gpuaas"), "default");
    check(&resolve(&[], &[("XDG_DATA_HOME", "/data")]), &DATA, Some("/data/gpuaas"), "default");
    check(&resolve(&["--data", "here"], &PLACE), &DATA, Some("here"), "flag");
    assert!(matches!(resolve(&[], &[]).data(), Err(ConfigError::NoHome)));
}

#[test]
fn lists_in_the_file_are_what_a_flag_would_be() {
    let file = file("roles = ['projections', 'checkpointer']\n");
    let settings = resolve(&["--config", file.path().to_str().unwrap()], &[]);
    assert_eq!(settings.text(&ROLES), Some("projections,checkpointer"));
}

#[test]
fn a_file_with_an_unknown_key_or_a_wrong_value_or_that_is_missing_is_refused() {
    let refusal =
        |path: &str| Settings::resolve(&flags(&["--config", path]), &environment(&[])).unwrap_err().to_string();
    let of_text = |text: &str| refusal(file(text).path().to_str().unwrap());
    assert!(of_text("lisen = 'x'").contains("there is no setting lisen"));
    assert!(of_text("listen = { a = 1 }").contains("listen has to be"));
    assert!(of_text("listen = ").contains("TOML"), "{}", of_text("listen = "));
    assert!(refusal("/nowhere/config.toml").contains("/nowhere/config.toml"));
}

#[test]
fn the_usual_file_need_not_be_there_but_is_read_if_it_is() {
    let home = tempfile::tempdir().unwrap();
    let variables = [("XDG_CONFIG_HOME", home.path().to_str().unwrap())];
    check(&resolve(&[], &variables), &LOG, None, "default");
    std::fs::create_dir(home.path().join("gpuaas")).unwrap();
    std::fs::write(home.path().join("gpuaas/config.toml"), "log = 'warn'").unwrap();
    assert_eq!(resolve(&[], &variables).text(&LOG), Some("warn"));
}

#[test]
fn a_wrong_value_is_told_with_where_it_comes_from() {
    let settings = resolve(&[], &[("GPUAAS_RATE_LIMIT", "many")]);
    let refusal = settings.required::<u32>(&RATE_LIMIT).unwrap_err().to_string();
    assert!(refusal.starts_with("rate-limit is `many` (environment GPUAAS_RATE_LIMIT): "), "{refusal}");
    let refusal = settings.required::<String>(&DATABASE_URL).unwrap_err().to_string();
    assert_eq!(refusal, "database-url is not set; give --database-url, or set GPUAAS_DATABASE_URL");
}

#[test]
fn a_secret_is_never_shown() {
    let settings = resolve(&["--token", "hunter2"], &[("GPUAAS_DATABASE_URL", "postgres://a:hunter2@db/x")]);
    assert_eq!(settings.line(&TOKEN).shown().as_deref(), Some("********"));
    assert_eq!(settings.line(&DATABASE_URL).shown().as_deref(), Some("postgres://a:********@db/x"));
    assert!(!settings.refuse(&TOKEN, "no token").to_string().contains("hunter2"));
    assert!(!format!("{:?}", flags(&["--token", "hunter2"])).contains("hunter2"));
}
