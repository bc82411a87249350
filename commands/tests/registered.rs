//! Every command in the sources is in the table of the audit trail, and the other way round.

use std::collections::BTreeSet;
use std::path::Path;

use gpuaas_commands::audit;

/// The texts of all source files below a folder.
fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

/// What stands in quotes, if anything does.
fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// The names in a source file: of commands written out, and of those that a macro of the
/// file writes out, which name themselves as `Name = "noun.verb", …`.
fn names(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let writes_out = text.contains("const NAME: &'static str = $command;");
    let mut implementing = false;
    for line in text.lines() {
        if line.starts_with("impl ") {
            implementing = line.starts_with("impl Command for ");
        }
        let is_name = implementing && line.trim_start().starts_with("const NAME: &'static str = \"");
        let in_macro = writes_out && line.starts_with("    ") && line.trim_start().starts_with(char::is_uppercase);
        if is_name || (in_macro && line.contains(" = \"")) {
            names.extend(quoted(line).map(str::to_owned));
        }
    }
    names
}

#[test]
fn the_table_and_the_commands_are_the_same_set() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let written: BTreeSet<String> = ["handlers", "engine"]
        .iter()
        .flat_map(|folder| sources(&source.join(folder)))
        .flat_map(|text| names(&text))
        .collect();
    let registered: BTreeSet<String> = audit::all()
        .iter()
        .map(|registered| registered.command.to_owned())
        // The log writes these itself.
        .filter(|command| !command.starts_with("log."))
        .collect();
    assert_eq!(written, registered);
}
