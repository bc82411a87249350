//! What can be found in the audit trail: every command is registered here with what it is
//! done to, the access rules' actions that it asks for, whether it is privileged, and the
//! events that it may write.
//!
//! A command that is not in the table does not compile where it is executed
//! ([`is_registered`]); a test holds the table against the commands and events there are.

mod table;

use crate::authorization::Action;

/// A command, as the audit trail knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// Its name in the log.
    pub command: &'static str,
    /// Kind of what it is done to.
    pub target: &'static str,
    /// What the access rules are asked before it is decided; none where only the platform
    /// itself may issue it.
    pub actions: &'static [Action],
    /// The events that it may write.
    pub events: &'static [&'static str],
}

impl Registered {
    /// Whether a denial of it is recorded.
    #[must_use]
    pub fn is_privileged(&self) -> bool {
        self.actions.iter().any(|action| action.group().is_privileged())
    }
}

/// Every command, sorted by its name: those of the platform, and the log's own.
#[must_use]
pub fn all() -> &'static [Registered] {
    table::COMMANDS
}

/// The command of this name.
#[must_use]
pub fn find(command: &str) -> Option<&'static Registered> {
    all().iter().find(|registered| registered.command == command)
}

/// Whether something that was done or tried under this name is privileged: a command's name,
/// or the name of an action, by which denials are recorded.
#[must_use]
pub fn is_privileged(name: &str) -> bool {
    let command = find(name).is_some_and(Registered::is_privileged);
    command || Action::ALL.iter().any(|action| action.as_str() == name && action.group().is_privileged())
}

/// Whether there is a command of this name in the table; asked while this program is compiled.
#[must_use]
pub const fn is_registered(command: &str) -> bool {
    let mut index = 0;
    while index < table::COMMANDS.len() {
        if same(table::COMMANDS[index].command.as_bytes(), command.as_bytes()) {
            return true;
        }
        index += 1;
    }
    false
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gpuaas_domain::Kind;
    use gpuaas_log::declaration::LOG_KIND;

    use super::*;

    #[test]
    fn every_command_stands_once_and_in_order() {
        assert!(all().is_sorted_by(|one, next| one.command < next.command));
    }

    #[test]
    fn every_event_of_the_domain_is_written_by_a_registered_command_and_no_other_is() {
        let written: BTreeSet<&str> = all().iter().flat_map(|registered| registered.events.iter().copied()).collect();
        let written: BTreeSet<&str> = written.into_iter().filter(|event| !event.starts_with("log.")).collect();
        let known: BTreeSet<&str> = Kind::ALL.iter().flat_map(|kind| kind.schemas()).map(|entry| entry.event).collect();
        assert_eq!(written, known);
    }

    #[test]
    fn every_target_is_a_kind_of_stream() {
        for registered in all() {
            let known = registered.target == LOG_KIND || Kind::parse(registered.target).is_some();
            assert!(known, "{}", registered.command);
        }
    }

    /// Reads of the platform are actions, too, and no commands.
    #[test]
    fn every_action_that_is_no_read_is_asked_by_a_command() {
        let asked: BTreeSet<&str> =
            all().iter().flat_map(|registered| registered.actions).map(|action| action.as_str()).collect();
        let reads = |name: &str| {
            let verb = name.split('.').nth(1).unwrap_or_default();
            verb.starts_with("read") || verb.starts_with("export") || verb.starts_with("search")
        };
        let unasked: Vec<&str> = Action::ALL
            .iter()
            .map(|action| action.as_str())
            .filter(|name| !reads(name) && !asked.contains(name))
            .collect();
        assert!(unasked.is_empty(), "{unasked:?}");
    }

    #[test]
    fn a_name_that_is_not_in_the_table_is_not_registered() {
        assert!(is_registered("project.create"));
        for name in ["", "project.creat", "project.created", "project.create "] {
            assert!(!is_registered(name), "{name}");
        }
    }

    #[test]
    fn what_is_privileged_is_told_by_command_and_by_action() {
        assert!(is_privileged("project.create") && is_privileged("app.create_platform"));
        assert!(!is_privileged("user.change_profile") && !is_privileged("project.read"));
    }
}
