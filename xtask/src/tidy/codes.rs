//! Every stable error code is in some test: a code that nothing reaches says nothing to anybody.

use super::tree::File;

/// The codes, each a line `Variant = "word",`.
const CODES: &str = "domain/src/code.rs";

/// A fault for each code that no test names, by its word or its variant.
pub(crate) fn faults(files: &[File]) -> Vec<String> {
    let list = files.iter().find(|file| file.path == CODES).and_then(File::text).unwrap_or_default();
    let tests: Vec<&str> = files.iter().filter_map(tests).collect();
    let named = |needle: &str| tests.iter().any(|text| holds(text, needle));
    let untested = list
        .lines()
        .filter_map(code)
        .filter(|(variant, word)| !named(&format!("Code::{variant}")) && !named(&format!("\"{word}\"")));
    untested.map(|(_, word)| format!("{CODES}: no test reaches the code {word}")).collect()
}

fn code(line: &str) -> Option<(&str, &str)> {
    let (variant, rest) = line.trim().split_once(" = \"")?;
    Some((variant, rest.strip_suffix("\",")?))
}

/// What of a file is tests.
fn tests(file: &File) -> Option<&str> {
    let text = file.text().filter(|_| file.path.ends_with(".rs"))?;
    let is_whole = file.segments().any(|name| name == "tests") || file.path.ends_with("tests.rs");
    if is_whole { Some(text) } else { text.find("#[cfg(test)]").map(|at| &text[at..]) }
}

/// Whether the text holds the needle, and not only as the beginning of a longer name.
fn holds(text: &str, needle: &str) -> bool {
    let is_end = |at: usize| !text[at..].starts_with(|next: char| next.is_alphanumeric() || next == '_');
    text.match_indices(needle).any(|(at, found)| is_end(at + found.len()))
}

#[cfg(test)]
mod tests {
    use super::super::tree::file;
    use super::{CODES, faults};

    fn check(path: &str, test: &str, expected: usize) {
        let codes = "words! {\n    /// It is gone.\n    Gone = \"gone\",\n}";
        let said = faults(&[file(CODES, codes), file(path, test)]);
        assert_eq!(said.len(), expected, "{said:?}");
    }

    #[test]
    fn a_code_is_named_in_a_test() {
        check("api/tests/a.rs", "refused(410, \"gone\")", 0);
        check("domain/src/a/tests.rs", "Code::Gone)", 0);
        check("domain/src/a.rs", "#[cfg(test)]\nmod tests { Code::Gone }", 0);
    }

    #[test]
    fn a_code_that_only_the_program_or_a_longer_name_holds_is_not() {
        check("domain/src/a.rs", "Code::Gone", 1);
        check("api/tests/a.rs", "Code::GoneAway", 1);
    }
}
