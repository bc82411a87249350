//! One resource or many, for people or for programs.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{Failure, Table};

/// For whom to print.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(crate) struct Format {
    /// Answers in JSON, for programs; what is refused too, on standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Whether something is to be shown as it was, which a list is not.
    #[arg(skip)]
    pub(crate) past: bool,
}

impl Format {
    /// Fails where something is to be shown as it was: this is as it is now.
    pub(crate) fn present(self) -> Result<(), Failure> {
        match self.past {
            true => Err(Failure::Usage("--as-of is for what shows a single resource; this is as it is now".to_owned())),
            false => Ok(()),
        }
    }
}

/// The exit status of what was done, which says why if it failed.
pub(crate) fn ended(format: Format, done: Result<(), Failure>) -> ExitCode {
    done.map_or_else(|failure| failure.say(format), |()| ExitCode::SUCCESS)
}

/// A resource that people can look at.
pub(crate) trait Show: Serialize {
    /// The columns of a list.
    const COLUMNS: &'static [&'static str];

    /// The cells of a list, one for each column.
    fn cells(&self) -> Vec<String>;

    /// What is shown of one beside the columns of a list.
    fn details(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Prints one.
pub(crate) fn one<T: Show>(format: Format, item: &T) -> Result<(), Failure> {
    if format.json {
        return json(item);
    }
    let mut table = Table::without_head();
    for (name, cell) in T::COLUMNS.iter().zip(item.cells()) {
        table.row([name.to_lowercase(), cell]);
    }
    for (name, cell) in item.details() {
        table.row([name.to_owned(), cell]);
    }
    print(&table.to_string())
}

/// Prints many, as they are now.
pub(crate) fn list<T: Show>(format: Format, items: &[T]) -> Result<(), Failure> {
    format.present()?;
    if format.json {
        return json(&items);
    }
    let mut table = Table::without_head();
    table.row(T::COLUMNS.iter().map(|&name| name.to_owned()));
    for item in items {
        table.row(item.cells());
    }
    print(&table.to_string())
}

/// Prints a value for programs.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::other)?;
    line(&text)
}

/// Prints a line.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    print(&format!("{text}\n"))
}

/// Prints a text as it is.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::NobodyReads),
        written => written.map_err(|error| Failure::other(format!("cannot write to standard output: {error}"))),
    }
}
