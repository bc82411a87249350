//! Denied privileged commands are recorded: the first per actor, action and minute as an
//! event, the rest as a count.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use gpuaas_domain::Timestamp;
use gpuaas_domain::access::{self, Access, DenialsCounted};
use gpuaas_domain::id::{AccessId, OrganizationId, TypedId};
use gpuaas_log::append::StreamId;
use uuid::Uuid;

use super::{Command, Context, Engine, Unit};
use crate::actor::Actor;
use crate::authorization::{Action, Allowed, Scope};
use crate::refusal::Refusal;

/// What further denials are counted by.
type Key = (AccessId, Option<OrganizationId>, &'static str, Timestamp);

/// Denials beyond the first of their minute, not yet in the log.
#[derive(Debug, Default)]
pub(super) struct Denials {
    further: Mutex<HashMap<Key, u64>>,
}

/// Records a denial, or a count of them.
struct Record {
    id: AccessId,
    organization: Option<OrganizationId>,
    command: access::Command,
    rule_set: gpuaas_log::hash::Hash,
}

#[async_trait]
impl Command for Record {
    const NAME: &'static str = "access.record_denial";
    type Aggregate = Access;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("access", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AccessId, Refusal> {
        // The denial is itself the decision: no rule allowed what was tried.
        unit.allowed = Some(match unit.context().actor {
            Actor::System | Actor::Policy(_) => None,
            Actor::Principal(_) | Actor::Credential(_) | Actor::Node { .. } | Actor::Enrolling { .. } => {
                Some(Allowed { rule_set: self.rule_set, rules: Vec::new() })
            }
        });
        unit.decide::<Access>(self.id, self.organization, self.command.clone()).await?;
        Ok(self.id)
    }
}

impl Engine {
    /// Records that the actor was denied an action, if it is privileged: in the
    /// organization of the scope, where the actor has some role, or else in its own.
    pub(super) async fn record_denial(&self, context: &Context, action: Action, scope: Scope) {
        if !action.group().is_privileged() {
            return;
        }
        if let Err(refusal) = self.try_record(context, action, scope).await {
            tracing::error!(%refusal, action = action.as_str(), "a denial could not be recorded");
        }
    }

    async fn try_record(&self, context: &Context, action: Action, scope: Scope) -> Result<(), Refusal> {
        let organization = match (scope.organization(), &context.actor) {
            (Some(organization), _) => Some(organization),
            (None, Actor::Principal(principal)) => self.token_limit(*principal).await?,
            (
                None,
                Actor::Credential(_) | Actor::Node { .. } | Actor::Enrolling { .. } | Actor::Policy(_) | Actor::System,
            ) => None,
        };
        let id = stream_id(context.actor.identity().1, organization);
        let at = self.shared.effects.now();
        let command = access::Command::Deny {
            action: action.as_str().to_owned(),
            target_kind: action.target_kind().to_owned(),
            at,
        };
        let minute = Timestamp(at.0 - at.0 % 60_000_000);
        let record = Record { id, organization, command, rule_set: self.rules().digest() };
        let context = Context { idempotency: None, if_match: None, dry_run: false, ..context.clone() };
        let answer = Box::pin(self.execute(&context, &record)).await?;
        if answer.positions.is_none() {
            let mut further = self.shared.denials.further.lock().unwrap_or_else(PoisonError::into_inner);
            *further.entry((id, organization, action.as_str(), minute)).or_default() += 1;
        }
        Ok(())
    }

    /// Writes the counts of the minutes that are over. To be called once a minute, and
    /// before the process ends with `all`.
    pub async fn flush_denials(&self, trace: [u8; 16], all: bool) -> Result<(), Refusal> {
        let now = self.shared.effects.now();
        let due: Vec<(Key, u64)> = {
            let mut further = self.shared.denials.further.lock().unwrap_or_else(PoisonError::into_inner);
            let due = |key: &Key| all || key.3.plus_seconds(60) <= now;
            further.extract_if(|key, _| due(key)).collect()
        };
        for ((id, organization, action, minute), further) in due {
            let counted = DenialsCounted { action: action.to_owned(), minute, further };
            let command = access::Command::Count(counted);
            let record = Record { id, organization, command, rule_set: self.rules().digest() };
            self.execute(&Context::system(trace), &record).await?;
        }
        Ok(())
    }
}

/// One stream per actor and organization.
fn stream_id(actor: Uuid, organization: Option<OrganizationId>) -> AccessId {
    let mut hasher = blake3::Hasher::new_derive_key("gpuaas 2026-11 access stream v1");
    hasher.update(actor.as_bytes()).update(organization.map(TypedId::uuid).unwrap_or_default().as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    AccessId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
