//! One entry, and the commands that a policy issues because of it.

use std::collections::BTreeMap;

use gpuaas_domain::id::TypedId;
use gpuaas_domain::{Aggregate, AnyState, Code};
use gpuaas_log::entry::Cause;
use uuid::Uuid;

use crate::actor::Actor;
use crate::engine::{Answer, Command, Context, Engine};
use crate::refusal::Refusal;

/// What a refusal means to a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// What was wanted is not wanted any more, or is there already.
    Settled,
    /// It waits in the log, and an entry will wake it.
    Waits {
        /// Which entry does.
        wakes: &'static str,
    },
}

/// Why a policy leaves an entry undone.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The same entry may go well later: the log or a read model is behind or away.
    #[error("again later: {0}")]
    Later(Refusal),
    /// It never will; somebody has to look.
    #[error("stopped: {0}")]
    Alarm(Refusal),
}

/// What a command of a policy came to.
#[derive(Debug)]
pub enum Outcome<A: Aggregate> {
    /// It was accepted, now.
    Done(Box<Answer<A>>),
    /// It was accepted before: the entry is being read once more.
    Before,
    /// It was refused, which means this.
    Refused(Meaning, Refusal),
}

/// The entry that a policy reacts to.
#[derive(Debug)]
pub struct Turn<'e> {
    /// The write side.
    pub engine: &'e Engine,
    /// Where the entry stands.
    pub position: u64,
    /// What happened.
    pub event: &'e str,
    /// To which stream.
    pub stream: Uuid,
    pub(super) policy: Uuid,
    pub(super) meanings: &'static [(Code, Meaning)],
    pub(super) trace: [u8; 16],
    pub(super) issued: BTreeMap<Uuid, u32>,
}

impl Turn<'_> {
    /// The stream as an id of the aggregate that the event belongs to.
    #[must_use]
    pub fn id<I: TypedId>(&self) -> I {
        I::from_uuid(self.stream)
    }

    /// Issues a command about a target.
    pub async fn issue<C: Command>(&mut self, target: Uuid, command: &C) -> Result<Outcome<C::Aggregate>, Stop>
    where
        C::Aggregate: TryFrom<AnyState>,
        AnyState: From<C::Aggregate>,
    {
        let ordinal = self.issued.entry(target).or_default();
        let id = command_id(self.policy, self.position, target, *ordinal);
        *ordinal += 1;
        let cause = Cause::Here(self.position);
        let context = Context { actor: Actor::Policy(self.policy), cause, ..Context::system(self.trace) };
        match self.engine.execute_once(id, &context, command).await {
            Ok(Some(answer)) => Ok(Outcome::Done(Box::new(answer))),
            Ok(None) => Ok(Outcome::Before),
            Err(refusal) if !refusal.is_final() && refusal.code != Code::Internal => Err(Stop::Later(refusal)),
            Err(refusal) => match self.meanings.iter().find(|(code, _)| *code == refusal.code) {
                Some((_, meaning)) => Ok(Outcome::Refused(*meaning, refusal)),
                None => Err(Stop::Alarm(refusal)),
            },
        }
    }
}

/// What a look-up's failure means: later, unless it is a defect.
pub(super) fn look_up(refusal: Refusal) -> Stop {
    if refusal.is_final() || refusal.code == Code::Internal { Stop::Alarm(refusal) } else { Stop::Later(refusal) }
}

/// The id of a policy's command: the same whenever the same entry leads to it again.
/// `cause` is a position, or for a policy of the clock the due time in microseconds.
#[must_use]
pub fn command_id(policy: Uuid, cause: u64, target: Uuid, ordinal: u32) -> Uuid {
    let mut hasher = blake3::Hasher::new_derive_key("gpuaas 2026-11 policy command v1");
    hasher.update(policy.as_bytes()).update(&cause.to_be_bytes());
    hasher.update(target.as_bytes()).update(&ordinal.to_be_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_commands_id_follows_from_what_led_to_it() {
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let id = command_id(one, 7, other, 0);
        assert_eq!(command_id(one, 7, other, 0), id);
        let different = [
            command_id(other, 7, other, 0),
            command_id(one, 8, other, 0),
            command_id(one, 7, one, 0),
            command_id(one, 7, other, 1),
            id,
        ];
        assert_eq!(different.into_iter().collect::<BTreeSet<_>>().len(), 5);
    }
}
