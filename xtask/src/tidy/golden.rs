//! Golden bytes never change: what was once written has to be read for ever.
//!
//! A folder named `vectors` or `golden` holds bytes of a released shape, one named `released` the
//! contracts of released versions. Its files are listed with their digests in
//! `xtask/golden.sha256` (`sha256sum --check` reads it). A new file is added with its line; an old line is never edited and never removed.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::tree::File;

const LIST: &str = "xtask/golden.sha256";
const FOLDERS: [&str; 3] = ["golden", "released", "vectors"];

/// A fault for each golden file that was edited, removed or is not listed yet.
pub(crate) fn faults(files: &[File]) -> Vec<String> {
    let list = files.iter().find(|file| file.path == LIST).and_then(File::text).unwrap_or_default();
    let mut listed: BTreeMap<&str, &str> =
        list.lines().filter_map(|line| line.split_once("  ")).map(|(digest, path)| (path, digest)).collect();
    let golden = files.iter().filter(|file| is_golden(file));
    let mut faults: Vec<String> = golden.filter_map(|file| fault(file, listed.remove(file.path.as_str()))).collect();
    faults.extend(listed.into_keys().map(|path| format!("{path}: a golden file was removed; put it back")));
    faults
}

fn fault(file: &File, listed: Option<&str>) -> Option<String> {
    let digest: String = Sha256::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    match listed {
        Some(listed) if listed == digest => None,
        Some(_) => Some(format!("{}: a golden file was edited; put it back and add a new one", file.path)),
        None => Some(format!("{}: a golden file without its line in {LIST}; add\n{digest}  {}", file.path, file.path)),
    }
}

fn is_golden(file: &File) -> bool {
    file.segments().rev().skip(1).any(|folder| FOLDERS.contains(&folder))
}

#[cfg(test)]
mod tests {
    use super::super::tree::file;
    use super::{LIST, faults};

    /// SHA-256 of `abc` (FIPS 180-4's first example).
    const LINE: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  log/vectors/a.bin\n";

    fn check(golden: &[(&str, &str)], list: &str, expected: &[&str]) {
        let mut files: Vec<_> = golden.iter().map(|(path, text)| file(path, text)).collect();
        files.push(file(LIST, list));
        let said = faults(&files);
        assert!(said.len() == expected.len() && said.iter().zip(expected).all(|(a, b)| a.contains(b)), "{said:?}");
    }

    #[test]
    fn a_golden_file_as_listed_is_fine() {
        check(&[("log/vectors/a.bin", "abc")], LINE, &[]);
    }

    #[test]
    fn an_edit_is_found() {
        check(&[("log/vectors/a.bin", "abd")], LINE, &["log/vectors/a.bin: a golden file was edited"]);
    }

    #[test]
    fn a_removal_is_found() {
        check(&[], LINE, &["log/vectors/a.bin: a golden file was removed"]);
    }

    #[test]
    fn a_new_file_is_told_its_line() {
        check(&[("log/vectors/a.bin", "abc")], "", &[LINE.trim_end()]);
    }

    #[test]
    fn a_file_elsewhere_is_not_golden() {
        check(&[("log/src/vectors.rs", "abc")], "", &[]);
    }
}
