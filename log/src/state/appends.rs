//! Appends: consecutive entries of one command that have everything in common that
//! the format says.

use uuid::Uuid;

use crate::entry::{ActorRef, AppendRef, Cause, CommandRef, DecisionRef, Entry, StreamRef};
use crate::fault::FaultKind;
use crate::hash::Hash;

#[derive(Debug, Default)]
pub(super) struct Appends {
    /// What the next entry must share, while an append is not whole.
    open: Option<Open>,
}

impl Appends {
    pub(super) fn is_inside_append(&self) -> bool {
        self.open.is_some()
    }

    /// Checks the entry's place in its append.
    pub(super) fn apply(&mut self, entry: &Entry<'_>) -> Result<(), FaultKind> {
        match &mut self.open {
            Some(open) => {
                if !open.goes_on_with(entry) {
                    return Err(FaultKind::Append);
                }
                open.append.index += 1;
            }
            None => {
                if entry.append.index != 0 {
                    return Err(FaultKind::Append);
                }
                if entry.append.count > 1 {
                    self.open = Some(Open::new(entry));
                }
            }
        }
        if entry.ends_append() {
            self.open = None;
        }
        Ok(())
    }
}

/// What the entries of an append share.
#[derive(Debug)]
struct Open {
    /// The last entry's place in it.
    append: AppendRef,
    recorded_at: u64,
    command: String,
    actor: ActorRef<'static>,
    actor_kind: String,
    principal: Option<(String, Uuid)>,
    decision: Option<(Hash, Vec<String>)>,
    trace: [u8; 16],
    cause: Cause,
}

impl Open {
    fn new(first: &Entry<'_>) -> Self {
        let owned = |stream: StreamRef<'_>| (stream.kind.to_owned(), stream.id);
        Self {
            append: first.append,
            recorded_at: first.recorded_at,
            command: first.command.name.to_owned(),
            actor: ActorRef { kind: "", on_behalf_of: None, ..first.actor },
            actor_kind: first.actor.kind.to_owned(),
            principal: first.actor.on_behalf_of.map(owned),
            decision: first
                .decision
                .as_ref()
                .map(|decision| (decision.rule_set, decision.rules.iter().map(|rule| (*rule).to_owned()).collect())),
            trace: first.trace,
            cause: first.cause,
        }
    }

    /// Whether the entry is the append's next.
    fn goes_on_with(&self, entry: &Entry<'_>) -> bool {
        let expected = AppendRef { index: self.append.index + 1, ..self.append };
        let command = CommandRef { name: &self.command, idempotency: None, request: None };
        entry.append == expected
            && entry.recorded_at == self.recorded_at
            && entry.command == command
            && entry.actor == self.actor()
            && self.has_decision(entry.decision.as_ref())
            && entry.trace == self.trace
            && entry.cause == self.cause
            && entry.guards.is_empty()
            && entry.claims.is_empty()
    }

    fn actor(&self) -> ActorRef<'_> {
        let on_behalf_of = self.principal.as_ref().map(|(kind, id)| StreamRef { kind, id: *id });
        ActorRef { kind: &self.actor_kind, on_behalf_of, ..self.actor }
    }

    fn has_decision(&self, decision: Option<&DecisionRef<'_>>) -> bool {
        match (&self.decision, decision) {
            (Some((rule_set, rules)), Some(found)) => found.rule_set == *rule_set && found.rules[..] == rules[..],
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}
