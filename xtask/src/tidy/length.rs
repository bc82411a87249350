//! No Rust file is longer than somebody reads in one go.

use super::tree::File;

const MOST_LINES: usize = 500;

/// The files that are longer, each with the lines it may have: a number here only ever goes down.
const RATCHET: &[(&str, usize)] = &[];

/// A fault where a Rust file is too long, or has become shorter than its entry in the ratchet.
pub(crate) fn fault(file: &File) -> Option<String> {
    let listed = RATCHET.iter().find(|(path, _)| *path == file.path).map(|(_, most)| *most);
    is_rust(file).then(|| judge(&file.path, lines(file), listed)).flatten()
}

fn judge(path: &str, lines: usize, listed: Option<usize>) -> Option<String> {
    let most = listed.unwrap_or(MOST_LINES);
    if lines > most {
        return Some(format!("{path}: {lines} lines, where {most} are allowed; split it by idea"));
    }
    (listed.is_some() && lines < most).then(|| format!("{path}: {lines} lines now; lower its number in the ratchet"))
}

/// Generated code is as long as what it is generated from.
fn is_rust(file: &File) -> bool {
    file.path.ends_with(".rs") && !super::provenance::is_generated(file)
}

fn lines(file: &File) -> usize {
    file.bytes.iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::super::tree::file;
    use super::{fault, judge};

    #[test]
    fn a_rust_file_of_five_hundred_lines_is_the_longest() {
        assert!(fault(&file("log/src/long.rs", &"\n".repeat(500))).is_none());
        assert!(fault(&file("log/src/long.rs", &"\n".repeat(501))).is_some());
        assert!(fault(&file("docs/long.md", &"\n".repeat(501))).is_none());
    }

    #[test]
    fn a_listed_file_may_only_become_shorter() {
        assert!(judge("log/src/long.rs", 701, Some(700)).is_some());
        assert!(judge("log/src/long.rs", 700, Some(700)).is_none());
        assert!(judge("log/src/long.rs", 699, Some(700)).is_some_and(|fault| fault.contains("lower its number")));
    }
}
