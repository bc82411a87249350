//! Where a subscriber is, and what follows from a message: the rule itself. Pure.

use serde_json::Value;

use super::message::Arrived;

/// What a message means for a subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The next event: it is taken.
    Next,
    /// It was taken before: it is passed over.
    Known,
    /// Events before it are missing: they are asked of the server.
    Gap,
    /// It does not chain to what was taken: the server is asked what is true.
    Contradiction,
}

/// The last event that was taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Its owner sequence; 0 before the first.
    pub(super) last: u64,
    /// Its hash, if it came over NATS.
    hash: Option<String>,
    /// The event, if this subscriber took it.
    event: Option<Value>,
}

impl Place {
    pub(super) fn after(last: u64) -> Self {
        Self { last, hash: None, event: None }
    }

    /// Judges a message.
    pub(super) fn judge(&self, arrived: &Arrived) -> Verdict {
        let chains = |hash: &String| *hash == arrived.previous;
        match arrived.owner_sequence {
            sequence if sequence == self.last => {
                let same_hash = self.hash.as_ref().is_none_or(|hash| *hash == arrived.hash);
                let same_event = self.event.as_ref().is_none_or(|event| *event == arrived.event);
                if same_hash && same_event { Verdict::Known } else { Verdict::Contradiction }
            }
            sequence if sequence < self.last => Verdict::Known,
            sequence if sequence == self.last + 1 => {
                if self.hash.as_ref().is_none_or(chains) {
                    Verdict::Next
                } else {
                    Verdict::Contradiction
                }
            }
            _ => Verdict::Gap,
        }
    }

    /// Takes an event that came over NATS.
    pub(super) fn take(&mut self, arrived: &Arrived) {
        *self =
            Self { last: arrived.owner_sequence, hash: Some(arrived.hash.clone()), event: Some(arrived.event.clone()) };
    }

    /// Takes an event that the server gave.
    pub(super) fn take_told(&mut self, owner_sequence: u64, event: &Value) {
        *self = Self { last: owner_sequence, hash: None, event: Some(event.clone()) };
    }

    /// Whether the server's event at this place is the one that was taken. Its payload may have
    /// been erased since, and is null then; no other one may stand there.
    pub(super) fn is(&self, told: &Value) -> bool {
        let without_payload = |event: &Value| {
            let mut event = event.clone();
            if let Some(fields) = event.as_object_mut() {
                fields.remove("payload");
            }
            event
        };
        self.event.as_ref().is_none_or(|taken| {
            let is_erased = told["payload"].is_null();
            taken == told || (is_erased && without_payload(taken) == without_payload(told))
        })
    }

    /// Whether the last event is known, so that the server can be asked for it again.
    pub(super) fn is_known(&self) -> bool {
        self.event.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arrived(owner_sequence: u64, hash: &str, previous: &str) -> Arrived {
        let event = json!({"owner_sequence": owner_sequence, "payload": {"name": hash}});
        Arrived { owner_sequence, position: 10 * owner_sequence, hash: hash.into(), previous: previous.into(), event }
    }

    fn at(taken: &Arrived) -> Place {
        let mut place = Place::default();
        place.take(taken);
        place
    }

    #[test]
    fn what_follows_and_chains_is_taken() {
        let place = at(&arrived(3, "c", "b"));
        assert_eq!(place.judge(&arrived(4, "d", "c")), Verdict::Next);
        assert_eq!(place.judge(&arrived(4, "d", "x")), Verdict::Contradiction);
        assert_eq!(place.judge(&arrived(6, "f", "e")), Verdict::Gap);
    }

    #[test]
    fn what_was_taken_is_passed_over_unless_it_differs() {
        let place = at(&arrived(3, "c", "b"));
        assert_eq!(place.judge(&arrived(3, "c", "b")), Verdict::Known);
        assert_eq!(place.judge(&arrived(2, "b", "a")), Verdict::Known);
        assert_eq!(place.judge(&arrived(3, "x", "b")), Verdict::Contradiction);
    }

    #[test]
    fn after_what_the_server_told_any_hash_chains() {
        let mut place = Place::after(7);
        assert_eq!(place.judge(&arrived(8, "h", "g")), Verdict::Next);
        place.take_told(8, &json!({"owner_sequence": 8}));
        assert_eq!(place.judge(&arrived(9, "i", "any")), Verdict::Next);
    }

    #[test]
    fn an_erased_payload_is_no_contradiction() {
        let place = at(&arrived(3, "c", "b"));
        assert!(place.is(&json!({"owner_sequence": 3, "payload": null})));
        assert!(!place.is(&json!({"owner_sequence": 4, "payload": null})));
    }

    #[test]
    fn another_payload_is_a_contradiction() {
        let taken = arrived(3, "c", "b");
        let place = at(&taken);
        assert!(place.is(&taken.event));
        assert!(!place.is(&json!({"owner_sequence": 3, "payload": {"name": "forged"}})));
        let mut forged = taken.clone();
        forged.event["payload"]["name"] = "forged".into();
        assert_eq!(at(&forged).judge(&taken), Verdict::Contradiction, "although the hash is the same");
    }
}
