//! Marks of unfinished work, and tests that do not run.

use super::tree::File;

/// In two halves, so that this file does not contain them.
const MARKS: [(&str, &str); 3] = [("TO", "DO"), ("FIX", "ME"), ("XX", "X")];

/// What stands in for a real test run, in Rust.
const SWITCHED_OFF: [(&str, &str); 2] = [("#[ign", "ore"), ("#![ign", "ore")];

/// A fault for each line that says it is unfinished, or that switches a test off.
pub(crate) fn faults(file: &File) -> Vec<String> {
    let lines = file.text().unwrap_or_default().lines().enumerate();
    let faulty = lines.filter_map(|(index, line)| Some((index + 1, reason(file, line)?)));
    faulty.map(|(line, reason)| format!("{}:{line}: {reason}", file.path)).collect()
}

fn reason(file: &File, line: &str) -> Option<&'static str> {
    let mut words = line.split(|letter: char| !letter.is_ascii_alphanumeric());
    if words.any(|word| MARKS.iter().any(|(a, b)| word.strip_prefix(a) == Some(b))) {
        return Some("finish it, or write an issue; the tree keeps no marks of unfinished work");
    }
    let is_off =
        SWITCHED_OFF.iter().any(|(a, b)| line.trim_start().strip_prefix(a).is_some_and(|rest| rest.starts_with(b)));
    (file.path.ends_with(".rs") && is_off).then_some("a test that does not run is no test; make it run, or remove it")
}

#[cfg(test)]
mod tests {
    use super::super::tree::file;
    use super::faults;

    #[test]
    fn a_mark_of_unfinished_work_is_found_with_its_line() {
        let mark = ["// TO", "DO: later"].concat();
        let said = faults(&file("log/src/lib.rs", &format!("fn a() {{}}\n{mark}\n")));
        assert!(said.len() == 1 && said[0].starts_with("log/src/lib.rs:2: "), "{said:?}");
    }

    #[test]
    fn a_longer_word_is_no_mark() {
        assert!(faults(&file("docs/a.md", "mktemp gpuaas.XXXXXXXX")).is_empty());
    }

    #[test]
    fn a_test_that_is_switched_off_is_found() {
        let off = ["#[ign", "ore = \"slow\"]"].concat();
        assert_eq!(faults(&file("log/src/lib.rs", &off)).len(), 1);
        assert!(faults(&file("docs/a.md", &off)).is_empty());
    }
}
