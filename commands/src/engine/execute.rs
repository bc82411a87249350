//! From a command to its answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use gpuaas_domain::id::TypedId;
use gpuaas_domain::{Aggregate, AnyState, Code};
use gpuaas_log::append::AppendError;
use gpuaas_log::entry::Cause;
use uuid::Uuid;

use super::idempotency::Keys;
use super::states::{Folded, Freshness, stream_of};
use super::{Answer, Command, Context, Engine, MAX_ATTEMPTS, Trial, Unit, measure};
use crate::audit;
use crate::authorization::{Action, Scope};
use crate::effects::KeptAnswer;
use crate::refusal::{Refusal, of_append, of_read};

/// Why an attempt was refused, and what was denied, if the access rules did it.
struct Failure {
    refusal: Refusal,
    denied: Option<(Action, Scope)>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, denied: None }
    }
}

/// What one attempt came to.
enum Attempt<A: Aggregate> {
    Answered(Answer<A>),
    /// Something it depended on has moved.
    Conflict,
    /// The command is in the log already.
    Repeated,
}

/// How a repetition is known: by the client's key, or by the id that a policy derived.
#[derive(Debug, Clone, Copy)]
struct Known {
    keys: Option<Keys>,
    command_id: Option<Uuid>,
}

impl Engine {
    /// Executes a command. An accepted one is durable when this answers.
    pub async fn execute<C: Command>(&self, context: &Context, command: &C) -> Result<Answer<C::Aggregate>, Refusal>
    where
        C::Aggregate: TryFrom<AnyState>,
        AnyState: From<C::Aggregate>,
    {
        // A dry run keeps no answer, and asks for none.
        let keys = if context.dry_run { None } else { self.keys(context).await? };
        if let Some(keys) = keys
            && let Some(answer) = self.earlier::<C>(keys).await?
        {
            return Ok(answer);
        }
        let _held = self.shared.locks.hold(command.serialize_on()).await;
        let result = match self.attempts(context, command, Known { keys, command_id: None }).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Refusal::internal("a command id twice")),
            Err(failure) => {
                if let Some((action, scope)) = failure.denied.filter(|_| !context.dry_run) {
                    self.record_denial(context, action, scope).await;
                }
                Err(failure.refusal)
            }
        };
        if let Some(keys) = keys {
            self.keep(keys, &result).await?;
        }
        result
    }

    /// Executes a command of a policy, whose id was derived from what led to it. `None`:
    /// it is in the log already.
    pub(crate) async fn execute_once<C: Command>(
        &self,
        command_id: Uuid,
        context: &Context,
        command: &C,
    ) -> Result<Option<Answer<C::Aggregate>>, Refusal>
    where
        C::Aggregate: TryFrom<AnyState>,
        AnyState: From<C::Aggregate>,
    {
        if self.shared.log.command(command_id).await.map_err(of_read)?.is_some() {
            return Ok(None);
        }
        let _held = self.shared.locks.hold(command.serialize_on()).await;
        let known = Known { keys: None, command_id: Some(command_id) };
        self.attempts(context, command, known).await.map_err(|failure| failure.refusal)
    }

    async fn attempts<C: Command>(
        &self,
        context: &Context,
        command: &C,
        known: Known,
    ) -> Result<Option<Answer<C::Aggregate>>, Failure>
    where
        C::Aggregate: TryFrom<AnyState>,
        AnyState: From<C::Aggregate>,
    {
        const { assert!(audit::is_registered(C::NAME), "the command is not in commands/src/audit/table.rs") }
        let mut freshness = self.freshness(context);
        for _ in 0..MAX_ATTEMPTS {
            match self.attempt(context, command, known, freshness).await {
                Ok(Attempt::Answered(answer)) => return Ok(Some(answer)),
                Ok(Attempt::Repeated) => return Ok(None),
                Ok(Attempt::Conflict) => freshness = Freshness::Fresh,
                // What was refused on a cached state is decided again on a fresh one.
                Err(_) if freshness == Freshness::Cached => freshness = Freshness::Fresh,
                Err(failure) => return Err(failure),
            }
        }
        Err(Refusal::new(Code::Contention, "too many others change the same thing at this moment; try again").into())
    }

    /// A command is first decided on cached states. One that an entry led to has to know
    /// that entry, which the cache may not; and a dry run ends in no append that would find
    /// out that a state was older.
    fn freshness(&self, context: &Context) -> Freshness {
        if context.dry_run {
            return Freshness::Fresh;
        }
        match context.cause {
            Cause::Here(position) if self.shared.followed.load(Ordering::Acquire) < position => Freshness::Fresh,
            Cause::Here(_) | Cause::None | Cause::Elsewhere { .. } => Freshness::Cached,
        }
    }

    async fn attempt<C: Command>(
        &self,
        context: &Context,
        command: &C,
        known: Known,
        freshness: Freshness,
    ) -> Result<Attempt<C::Aggregate>, Failure>
    where
        C::Aggregate: TryFrom<AnyState>,
        AnyState: From<C::Aggregate>,
    {
        let mut unit = Unit::new(self, context, freshness);
        let id = match command.run(&mut unit).await {
            Ok(id) => id,
            Err(refusal) => return Err(Failure { refusal, denied: unit.denied }),
        };
        assert!(unit.allowed.is_some(), "{} decided without asking the access rules", C::NAME);
        let primary = stream_of::<C::Aggregate>(id);
        let Some((before, version, state)) = unit.outcome(&primary) else {
            let defect = format!("{} answered with a resource that it did not load", C::NAME);
            return Err(Refusal::internal(defect).into());
        };
        // That there is nothing to do is decided again on fresh states, as a refusal is.
        if !unit.writes() && freshness == Freshness::Cached {
            return Ok(Attempt::Conflict);
        }
        let precondition = check_version(context.if_match, before);
        if !context.dry_run {
            precondition.clone()?;
        }
        let state = Folded { version, state }.typed::<C::Aggregate>()?;
        let secret = unit.take_secret().filter(|_| !context.dry_run);
        let mut answer = Answer { id, version, state, positions: None, secret, repeated: false, trial: None };
        if !unit.writes() {
            let failed = precondition.err().into_iter().collect();
            answer.trial = context.dry_run.then(|| Box::new(Trial { append: None, failed }));
            return Ok(Attempt::Answered(answer));
        }
        if unit.first_written() != Some(&primary) && freshness == Freshness::Cached {
            // Cached states are of different moments, and need not go together.
            return Ok(Attempt::Conflict);
        }
        assert!(unit.first_written() == Some(&primary), "{} wrote another stream before its own", C::NAME);
        if context.dry_run {
            let failed = precondition.err().into_iter().chain(unit.taken_names().await?).collect();
            let append = Some(unit.into_append(C::NAME, Uuid::nil(), None));
            answer.trial = Some(Box::new(Trial { append, failed }));
            return Ok(Attempt::Answered(answer));
        }
        Ok(self.append::<C>(unit, known, answer).await?)
    }

    async fn append<C: Command>(
        &self,
        unit: Unit<'_>,
        Known { keys, command_id }: Known,
        mut answer: Answer<C::Aggregate>,
    ) -> Result<Attempt<C::Aggregate>, Refusal>
    where
        C::Aggregate: TryFrom<AnyState>,
    {
        let outcomes: Vec<_> = unit
            .written()
            .filter_map(|stream| {
                unit.outcome(stream).map(|(_, version, state)| (stream.clone(), Folded { version, state }))
            })
            .collect();
        let claims = unit.claim_names();
        let id = command_id.unwrap_or_else(|| unit.new_uuid());
        let append = unit.into_append(C::NAME, id, keys.map(|keys| (keys.key, keys.request)));
        match self.shared.log.append(append).await {
            Ok(appended) => {
                for (stream, folded) in outcomes {
                    self.shared.states.put(&stream, Arc::new(folded));
                }
                measure::appended(C::NAME);
                answer.positions = Some(appended.positions);
                Ok(Attempt::Answered(answer))
            }
            Err(AppendError::VersionConflict { .. } | AppendError::GuardConflict { .. }) => {
                measure::conflict(C::NAME);
                Ok(Attempt::Conflict)
            }
            Err(AppendError::ClaimTaken { name, .. }) => {
                let known = claims.into_iter().find(|claim| claim.hash == name);
                let claim = known.ok_or_else(|| Refusal::internal("a claim was refused that was not asked for"))?;
                Err(Refusal::name_taken(claim.field, claim.name.as_deref()))
            }
            Err(AppendError::ClaimNotHeld { .. }) => Ok(Attempt::Conflict),
            Err(AppendError::Duplicate { first, request }) => match keys {
                Some(keys) => self.repeat::<C>(keys, &first.positions, request).await.map(Attempt::Answered),
                None => Ok(Attempt::Repeated),
            },
            Err(error) => Err(of_append(error)),
        }
    }

    /// Keeps an answer that left no event, so that a repetition gets it again.
    async fn keep<A: Aggregate>(&self, keys: Keys, result: &Result<Answer<A>, Refusal>) -> Result<(), Refusal> {
        let kept = match result {
            Ok(Answer { positions: Some(_), .. }) | Ok(Answer { repeated: true, .. }) => return Ok(()),
            Ok(answer) => KeptAnswer::Unchanged { id: answer.id.uuid(), version: answer.version },
            Err(refusal) if refusal.is_final() && refusal.code != Code::IdempotencyKeyReused => {
                KeptAnswer::Refused(refusal.clone())
            }
            Err(_) => return Ok(()),
        };
        self.shared.answers.put(keys.key, keys.request, kept).await
    }
}

/// What `If-Match` asks for.
pub(super) fn check_version(wanted: Option<u64>, actual: u64) -> Result<(), Refusal> {
    match wanted {
        Some(wanted) if wanted != actual => Err(Refusal::new(
            Code::PreconditionFailed,
            format!("the resource is at version {actual}, not {wanted}; read it again and decide anew"),
        )),
        _ => Ok(()),
    }
}
