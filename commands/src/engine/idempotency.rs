//! A repeated request gets the first answer.

use std::ops::RangeInclusive;

use gpuaas_domain::{Aggregate, AnyState, Code};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;

use super::states::stream_of;
use super::{Answer, Command, Context, Engine};
use crate::effects::KeptAnswer;
use crate::refusal::{Refusal, of_read};
use gpuaas_domain::id::TypedId;

/// Hashes of the key and of the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    pub(super) key: Hash,
    pub(super) request: Hash,
}

impl Engine {
    pub(super) async fn keys(&self, context: &Context) -> Result<Option<Keys>, Refusal> {
        let Some(idempotency) = &context.idempotency else { return Ok(None) };
        let digest_key = self.shared.effects.digest_key(idempotency.organization).await?;
        let (kind, id) = context.actor.identity();
        Ok(Some(Keys {
            key: digest_key.idempotency(kind, id, idempotency.route, &idempotency.key),
            request: digest_key.request(&idempotency.request),
        }))
    }

    /// The answer that an earlier request with the same key got.
    pub(super) async fn earlier<C: Command>(&self, keys: Keys) -> Result<Option<Answer<C::Aggregate>>, Refusal>
    where
        C::Aggregate: TryFrom<AnyState>,
    {
        if let Some(found) = self.shared.log.by_idempotency(keys.key).await.map_err(of_read)? {
            return self.repeat::<C>(keys, &found.positions, found.request).await.map(Some);
        }
        let Some((request, kept)) = self.shared.answers.get(keys.key).await? else { return Ok(None) };
        same_request(keys, Some(request))?;
        match kept {
            KeptAnswer::Refused(refusal) => Err(refusal),
            KeptAnswer::Unchanged { id, version } => {
                let id = <C::Aggregate as Aggregate>::Id::from_uuid(id);
                let folded = self.shared.states.at(&stream_of::<C::Aggregate>(id), version).await?;
                let state = folded.typed()?;
                Ok(Some(Answer { id, version, state, positions: None, secret: None, repeated: true, trial: None }))
            }
        }
    }

    /// The answer that the command which left these entries got.
    pub(super) async fn repeat<C: Command>(
        &self,
        keys: Keys,
        positions: &RangeInclusive<u64>,
        request: Option<Hash>,
    ) -> Result<Answer<C::Aggregate>, Refusal>
    where
        C::Aggregate: TryFrom<AnyState>,
    {
        same_request(keys, request)?;
        let (stream, version) = self.primary(positions).await?;
        let folded = self.shared.states.at(&stream, version).await?;
        let state = folded.typed()?;
        if C::delivered_secret(&state) {
            return Err(Refusal::new(
                Code::SecretAlreadyDelivered,
                "the first answer to this key carried a secret, which is not repeated; revoke it and use a new key",
            ));
        }
        Ok(Answer {
            id: <C::Aggregate as Aggregate>::Id::from_uuid(stream.id),
            version,
            state,
            positions: Some(positions.clone()),
            secret: None,
            repeated: true,
            trial: None,
        })
    }

    /// The first stream that an append wrote, and its version after it.
    async fn primary(&self, positions: &RangeInclusive<u64>) -> Result<(StreamId, u64), Refusal> {
        let (first, last) = (*positions.start(), *positions.end());
        let count = usize::try_from(last - first + 1).map_err(Refusal::internal)?;
        let entries = self.shared.log.read(first - 1, count).await.map_err(of_read)?;
        let mut primary: Option<(StreamId, u64)> = None;
        for stored in &entries {
            let entry = stored.entry().map_err(Refusal::internal)?;
            let stream = StreamId::new(entry.stream.kind.to_owned(), entry.stream.id);
            match &mut primary {
                None => primary = Some((stream, entry.version)),
                Some((known, version)) if *known == stream => *version = entry.version,
                Some(_) => {}
            }
        }
        primary.ok_or_else(|| Refusal::internal("an append without entries"))
    }
}

pub(super) fn same_request(keys: Keys, request: Option<Hash>) -> Result<(), Refusal> {
    if request == Some(keys.request) {
        return Ok(());
    }
    Err(Refusal::new(
        Code::IdempotencyKeyReused,
        "this Idempotency-Key came with another request before; use a new key for a new request",
    ))
}
