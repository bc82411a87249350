//! No file or folder is named for having no idea of its own.

use super::tree::File;

const EMPTY_WORDS: [&str; 8] = ["common", "helper", "helpers", "manager", "misc", "util", "utilities", "utils"];

/// A fault where a word of a name says nothing about what is inside.
pub(crate) fn fault(file: &File) -> Option<String> {
    let words = file.segments().flat_map(|name| name.split(['_', '-', '.']));
    let empty = words.into_iter().find(|word| EMPTY_WORDS.contains(word))?;
    Some(format!("{}: a name with “{empty}” in it does not say what is inside; name the idea", file.path))
}

#[cfg(test)]
mod tests {
    use super::super::tree::file;
    use super::fault;

    #[test]
    fn a_name_without_an_idea_is_a_fault() {
        for path in ["api/src/utils.rs", "api/src/common/mod.rs", "log/src/lock_manager.rs"] {
            assert!(fault(&file(path, "")).is_some(), "{path}");
        }
    }

    #[test]
    fn a_word_that_only_contains_one_is_fine() {
        for path in ["commands/src/communication.rs", "docs/utility-bills.md"] {
            assert!(fault(&file(path, "")).is_none(), "{path}");
        }
    }
}
