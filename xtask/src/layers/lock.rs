//! What must not be in the lock file, by whatever path it would come in.

use super::table::BANNED;

/// A fault for each banned crate that is locked, and one for a lock file that lists nothing.
pub(crate) fn faults(lock: &str) -> Vec<String> {
    let locked: Vec<&str> =
        lock.lines().filter_map(|line| line.strip_prefix("name = ")).map(|name| name.trim_matches('"')).collect();
    if locked.is_empty() {
        return vec!["Cargo.lock lists no package".to_owned()];
    }
    let banned = BANNED.iter().filter(|(name, _)| locked.contains(name));
    banned.map(|(name, reason)| format!("{name} is in Cargo.lock, and must not be: {reason}")).collect()
}
