//! The keys that sign the log's checkpoints change by a command like any other. The entry is
//! the log's own, so the log writes it; who had it written, by which rules, and what that
//! rests on are in it all the same.

use gpuaas_domain::Code;
use gpuaas_log::append::{AppendError, Appended};
use gpuaas_log::checkpoint::VerifierKey;
use gpuaas_log::hash::Hash;
use gpuaas_log::state::KeyList;

use super::execute::check_version;
use super::idempotency::{Keys, same_request};
use super::states::Freshness;
use super::{Context, Engine, MAX_ATTEMPTS, Unit};
use crate::authorization::{Action, Scope};
use crate::refusal::{Refusal, of_append, of_read};

/// What a change of keys came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyChange {
    /// The entry that put the list in force; `None` after a dry run.
    pub position: Option<u64>,
    /// Whether this is the answer to an earlier request with the same key.
    pub repeated: bool,
    /// After a dry run, the rules that allow it.
    pub tried: Option<Vec<String>>,
}

impl Engine {
    /// Puts the list that `next` answers in force, for an actor who may have that. `next` is
    /// given the lists that there were so far, and must have made the keys durable when it
    /// answers. If another list came in force meanwhile, it is asked again.
    pub async fn change_log_keys<F>(
        &self,
        context: &Context,
        next: impl Fn(Vec<KeyList>) -> F + Send + Sync,
    ) -> Result<KeyChange, Refusal>
    where
        F: Future<Output = Result<Vec<VerifierKey>, Refusal>> + Send,
    {
        let keys = self.keys(context).await?;
        if let Some(first) = self.changed_before(keys).await? {
            return Ok(first);
        }
        match self.change_in_turn(context, keys, next).await {
            // What stood in the way may be that the same request came twice, and was done.
            Err(refusal) => self.changed_before(keys).await?.ok_or(refusal),
            changed => changed,
        }
    }

    /// What an earlier request with the same idempotency key came to.
    async fn changed_before(&self, keys: Option<Keys>) -> Result<Option<KeyChange>, Refusal> {
        let Some(keys) = keys else { return Ok(None) };
        let found = self.log().by_idempotency(keys.key).await.map_err(of_read)?;
        found.map(|found| repeated(keys, *found.positions.end(), found.request)).transpose()
    }

    async fn change_in_turn<F>(
        &self,
        context: &Context,
        keys: Option<Keys>,
        next: impl Fn(Vec<KeyList>) -> F + Send + Sync,
    ) -> Result<KeyChange, Refusal>
    where
        F: Future<Output = Result<Vec<VerifierKey>, Refusal>> + Send,
    {
        for _ in 0..MAX_ATTEMPTS {
            let unit = self.may_change_keys(context).await?;
            let lists = self.log().key_lists().await.map_err(of_read)?;
            // The version, as the answer's `ETag` has it, is how many lists there have been.
            check_version(context.if_match, lists.len() as u64)?;
            if context.dry_run {
                let rules = unit.allowed.flatten().map(|allowed| allowed.rules).unwrap_or_default();
                return Ok(KeyChange { position: None, repeated: false, tried: Some(rules) });
            }
            let Some(in_force) = lists.last().map(|list| list.since) else {
                return Err(Refusal::internal("a log without keys"));
            };
            let list = next(lists).await?;
            let by = unit.into_commanded(Action::RotateLogKey.as_str(), keys.map(|keys| (keys.key, keys.request)));
            match (self.log().change_keys_by(list, in_force, by).await, keys) {
                (Ok(position), _) => return Ok(KeyChange { position: Some(position), repeated: false, tried: None }),
                (Err(AppendError::GuardConflict { .. } | AppendError::KeysChanged { .. }), _) => {}
                (Err(AppendError::Duplicate { first: Appended { positions, .. }, request }), Some(keys)) => {
                    return repeated(keys, *positions.end(), request);
                }
                (Err(error), _) => return Err(of_append(error)),
            }
        }
        Err(Refusal::new(Code::Contention, "too many others change the same thing at this moment; try again"))
    }

    /// A unit of which the access rules have said yes, on fresh states.
    async fn may_change_keys<'e>(&'e self, context: &'e Context) -> Result<Unit<'e>, Refusal> {
        let mut unit = Unit::new(self, context, Freshness::Fresh);
        match unit.authorize(Action::RotateLogKey, Scope::Platform).await {
            Ok(()) => Ok(unit),
            Err(refusal) => {
                if let Some((action, scope)) = unit.denied {
                    self.record_denial(context, action, scope).await;
                }
                Err(refusal)
            }
        }
    }
}

fn repeated(keys: Keys, position: u64, request: Option<Hash>) -> Result<KeyChange, Refusal> {
    same_request(keys, request)?;
    Ok(KeyChange { position: Some(position), repeated: true, tried: None })
}
