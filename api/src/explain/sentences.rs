//! The sentences. Each is about one thing, and says no more than the log does.

use gpuaas_commands::policies;

use crate::views::audit::{ActorView, AuditResult, RecordView, RecordedEvent};
use crate::views::explanation::{Dependency, Step};

/// Most entries that are named one by one.
const NAMED: usize = 8;

/// Who did what, by which command, and who allowed it.
pub(super) fn of_record(record: &RecordView) -> Vec<String> {
    let mut sentences = vec![in_short(record)];
    if let Some(credential) = &record.actor.credential {
        sentences.push(format!("It was asked for with {credential}."));
    }
    if let Some(other) = &record.actor.on_behalf_of {
        sentences.push(format!("It was done on behalf of {other}."));
    }
    sentences.push(format!("Its correlation id is {}.", record.correlation_id));
    sentences.push(of_decision(record));
    sentences
}

/// A command in one sentence.
pub(super) fn in_short(record: &RecordView) -> String {
    let (at, who, action) = (&record.recorded_at, name(&record.actor), &record.action);
    match (record.result, record.denied_again) {
        (AuditResult::Denied, None | Some(0)) => {
            let kind = record.target.kind.replace('_', " ");
            format!("At {at}, {who} was denied {action} on a resource of the kind {kind}, and nothing was changed.")
        }
        (AuditResult::Denied, Some(times)) => {
            format!("At {at}, it was recorded that somebody was denied {action} {times} more times within a minute.")
        }
        (AuditResult::Success, _) => {
            format!("At {at}, {who} did {action}, which wrote {}.", events(&record.events))
        }
    }
}

fn name(actor: &ActorView) -> String {
    match (actor.kind.as_str(), &actor.id) {
        ("policy", Some(id)) => match id.parse().ok().and_then(policies::name_of) {
            Some(name) => format!("the policy {name}"),
            None => format!("the policy {id}"),
        },
        (_, Some(id)) => format!("the {} {id}", actor.kind.replace('_', " ")),
        (_, None) => "the platform itself".to_owned(),
    }
}

fn events(events: &[RecordedEvent]) -> String {
    let named =
        events.iter().take(NAMED).map(|it| format!("{} on {} at position {}", it.event, it.resource, it.position));
    let named: Vec<String> = named.collect();
    match events.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more entries", named.join(", ")),
    }
}

fn of_decision(record: &RecordView) -> String {
    match (&record.decision, record.result) {
        (None, _) => "No access rule was asked: policies and the platform itself act by the log.".to_owned(),
        (Some(decision), AuditResult::Denied) => {
            format!("No access rule of the set {} allowed it.", decision.rule_set)
        }
        (Some(decision), AuditResult::Success) => {
            let (which, set) = (decision.rules.join(", "), &decision.rule_set);
            match decision.rules.len() {
                1 => format!("The access rule {which} of the set {set} allowed it."),
                _ => format!("The access rules {which} of the set {set} allowed it."),
            }
        }
    }
}

/// The unique names that it took or released.
pub(super) fn of_claims(claims: &[(String, bool)]) -> Vec<String> {
    let sentence = |(scope, takes): &(String, bool)| match takes {
        true => format!("It took a name that is unique among {scope}; the log holds a keyed hash of it."),
        false => format!("It released a name that was unique among {scope}."),
    };
    claims.iter().map(sentence).collect()
}

/// What it depended on.
pub(super) fn of_dependencies(guards: &[Dependency]) -> Option<String> {
    if guards.is_empty() {
        return None;
    }
    let one = |guard: &Dependency| match guard.version {
        0 => format!("there being no {} {}", guard.kind.replace('_', " "), guard.resource),
        version => format!("{} at version {version}", guard.resource),
    };
    let named: Vec<String> = guards.iter().map(one).collect();
    Some(format!(
        "It depended on {}: had one of them changed before it was written, it would have been decided anew.",
        named.join(", ")
    ))
}

/// What led to it.
pub(super) fn of_cause(record: &RecordView, cause: Option<u64>, nearest: Option<&Step>) -> String {
    match (cause, nearest) {
        (None, _) if record.actor.kind == "policy" => "No single entry led to it: it was due at its time.".to_owned(),
        (None, _) if record.actor.kind == "system" => {
            "No entry of the log led to it: the platform does it by itself.".to_owned()
        }
        (None, _) => "No entry of the log led to it: it was asked for from outside.".to_owned(),
        (Some(position), None) => format!("Position {position} led to it."),
        (Some(position), Some(step)) => format!("Position {position} led to it. {}", step.sentence),
    }
}

/// What followed.
pub(super) fn of_effects(steps: &[Step]) -> String {
    match steps.len() {
        0 => "Nothing has followed from it.".to_owned(),
        1 => "One command has followed from it.".to_owned(),
        count => format!("{count} commands have followed from it."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::audit::{DecisionView, TargetView};

    fn record() -> RecordView {
        let event = RecordedEvent {
            position: 7,
            event: "project.created".into(),
            kind: "project".into(),
            resource: "proj_1".into(),
            version: 1,
        };
        RecordView {
            position: 7,
            recorded_at: "2026-11-01T00:00:00Z".into(),
            organization_id: None,
            actor: ActorView { kind: "user".into(), id: Some("user_1".into()), credential: None, on_behalf_of: None },
            action: "project.create".into(),
            privileged: true,
            target: TargetView { kind: "project".into(), id: Some("proj_1".into()) },
            result: AuditResult::Success,
            denied_again: None,
            decision: Some(DecisionView { rule_set: "ab".into(), rules: vec!["org-admin".into()] }),
            correlation_id: "4b".into(),
            caused_by: None,
            events: vec![event],
        }
    }

    #[test]
    fn a_command_is_told_with_who_and_what() {
        let expected = "At 2026-11-01T00:00:00Z, the user user_1 did project.create, which wrote project.created on \
                        proj_1 at position 7.";
        assert_eq!(in_short(&record()), expected);
        assert!(of_record(&record()).contains(&"The access rule org-admin of the set ab allowed it.".to_owned()));
    }

    #[test]
    fn a_denial_is_told_as_one() {
        let denied = RecordView { result: AuditResult::Denied, denied_again: Some(0), ..record() };
        assert!(in_short(&denied).contains("was denied project.create on a resource of the kind project"));
    }

    #[test]
    fn only_what_people_do_was_asked_for_from_outside() {
        let of = |kind: &str| {
            let actor = ActorView { kind: kind.into(), ..record().actor };
            of_cause(&RecordView { actor, ..record() }, None, None)
        };
        assert!(of("system").ends_with("the platform does it by itself."), "{}", of("system"));
        assert!(of("user").ends_with("it was asked for from outside."), "{}", of("user"));
        assert!(of("policy").ends_with("it was due at its time."), "{}", of("policy"));
    }

    #[test]
    fn many_entries_are_counted() {
        let mut record = record();
        record.events = std::iter::repeat_n(record.events[0].clone(), NAMED + 2).collect();
        assert!(in_short(&record).ends_with("and 2 more entries."));
    }
}
