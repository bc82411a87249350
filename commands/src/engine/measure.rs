//! What the engine counts, for the process's recorder, if it has one.

/// Commands that became entries.
const APPENDED: &str = "gpuaas_commands_appended_total";
/// Attempts at commands that came too late: another process had changed what they rested on.
const CONFLICTS: &str = "gpuaas_command_conflicts_total";

/// Counts a command that was appended.
pub(super) fn appended(command: &'static str) {
    metrics::counter!(APPENDED, "command" => command).increment(1);
}

/// Counts a command that has to be decided again.
pub(super) fn conflict(command: &'static str) {
    metrics::counter!(CONFLICTS, "command" => command).increment(1);
}
