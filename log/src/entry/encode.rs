//! An entry to bytes.

use super::{ARITY, Cause, Entry, PayloadRef, StreamRef};
use crate::encoding::Writer;

/// The format's number, element 0.
pub(super) const FORMAT: u64 = 1;

impl Entry<'_> {
    /// The entry's bytes. What makes an entry valid (names, order, sizes) is the
    /// caller's to keep; [`Entry::decode`] refuses bytes that break it.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut w = Writer::with_capacity(512);
        w.array(ARITY);
        w.uint(FORMAT);
        w.uint(self.position);
        w.uint(self.recorded_at);
        w.bin_or_nil(self.owner.as_ref().map(|owner| &owner.as_bytes()[..]));
        w.uint(self.owner_sequence);
        w.bin(&self.owner_prev.0);
        stream(&mut w, self.stream);
        w.uint(self.version);
        w.str(self.event);
        w.uint(self.schema);
        w.array(3);
        w.bin(self.append.command_id.as_bytes());
        w.uint(self.append.index);
        w.uint(self.append.count);
        w.array(3);
        w.str(self.command.name);
        w.bin_or_nil(self.command.idempotency.as_ref().map(|hash| &hash.0[..]));
        w.bin_or_nil(self.command.request.as_ref().map(|hash| &hash.0[..]));
        self.actor(&mut w);
        self.decision(&mut w);
        w.bin(&self.trace);
        self.cause(&mut w);
        w.array(self.guards.len());
        for guard in &self.guards {
            w.array(3);
            w.str(guard.stream.kind);
            w.bin(guard.stream.id.as_bytes());
            w.uint(guard.version);
        }
        w.array(self.claims.len());
        for claim in &self.claims {
            w.array(3);
            w.uint(claim.takes.into());
            w.str(claim.scope);
            w.bin(&claim.name.0);
        }
        match self.payload {
            PayloadRef::Inline(payload) => w.bin(payload),
            PayloadRef::Detached { digest, length } => {
                w.array(2);
                w.bin(&digest.0);
                w.uint(length);
            }
        }
        w.bin(&self.prev.0);
        w.nil();
        w.into_bytes()
    }

    fn actor(&self, w: &mut Writer) {
        w.array(4);
        w.str(self.actor.kind);
        w.bin_or_nil(self.actor.id.as_ref().map(|id| &id.as_bytes()[..]));
        w.bin_or_nil(self.actor.token.as_ref().map(|id| &id.as_bytes()[..]));
        match self.actor.on_behalf_of {
            Some(principal) => stream(w, principal),
            None => w.nil(),
        }
    }

    fn decision(&self, w: &mut Writer) {
        let Some(decision) = &self.decision else { return w.nil() };
        w.array(2);
        w.bin(&decision.rule_set.0);
        w.array(decision.rules.len());
        for rule in &decision.rules {
            w.str(rule);
        }
    }

    fn cause(&self, w: &mut Writer) {
        match self.cause {
            Cause::None => w.nil(),
            Cause::Here(position) => w.uint(position),
            Cause::Elsewhere { log_id, position, hash } => {
                w.array(3);
                w.bin(log_id.as_bytes());
                w.uint(position);
                w.bin(&hash.0);
            }
        }
    }
}

fn stream(w: &mut Writer, stream: StreamRef<'_>) {
    w.array(2);
    w.str(stream.kind);
    w.bin(stream.id.as_bytes());
}
