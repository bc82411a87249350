//! Looking for needles in every file of a folder.

use std::path::Path;

use super::needles::Needles;

/// What a search saw.
#[derive(Debug, Default)]
pub(super) struct Searched {
    /// What was found, and where.
    pub(super) found: Vec<String>,
    /// Files that were read.
    pub(super) files: usize,
    /// Bytes that were read.
    pub(super) bytes: usize,
}

/// Searches every file under a folder, and its name.
pub(super) fn search(folder: &Path, needles: &Needles) -> Searched {
    let mut searched = Searched::default();
    walk(folder, needles, &mut searched);
    searched
}

fn walk(folder: &Path, needles: &Needles, searched: &mut Searched) {
    // A running database makes and removes files meanwhile.
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, needles, searched);
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        searched.files += 1;
        searched.bytes += bytes.len();
        for haystack in [&*bytes, path.as_os_str().as_encoded_bytes()] {
            let found = needles.find(haystack);
            let place = |at: usize| format!("{} at {at} of {}", context(haystack, at), path.display());
            searched.found.extend(found.iter().map(|(needle, at)| format!("{}: {}", needle.what, place(*at))));
        }
    }
}

fn context(bytes: &[u8], at: usize) -> String {
    let around = &bytes[at.saturating_sub(100)..bytes.len().min(at + 60)];
    format!("{:?}", String::from_utf8_lossy(around))
}
