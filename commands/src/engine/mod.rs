//! The only writer: authenticate scope, authorize, load, decide, append, answer.

mod denials;
mod execute;
mod follow;
mod history;
mod idempotency;
mod locks;
mod log_keys;
mod measure;
mod past;
mod standing;
mod states;
mod trial;
mod unit;

use std::ops::RangeInclusive;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use gpuaas_domain::id::OrganizationId;
use gpuaas_domain::{Aggregate, AnyState, Timestamp};
use gpuaas_log::Log;
use gpuaas_log::append::StreamId;
use gpuaas_log::entry::Cause;

use crate::actor::Actor;
use crate::authorization::AccessRules;
use crate::effects::{Answers, Effects};
use crate::facts::Facts;
use crate::refusal::Refusal;

pub(crate) use history::{Happened, History};
pub use log_keys::KeyChange;
pub use past::Past;
pub use standing::membership_id;
pub use trial::Trial;
pub use unit::Unit;

/// How often a command is decided again when others change what it depends on.
const MAX_ATTEMPTS: u32 = 64;

/// The key under which a client may repeat a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// Method and template: `POST /api/v1/projects/{project_id}/app-instances`.
    pub route: &'static str,
    /// The client's key.
    pub key: String,
    /// The organization named in the route, if one is.
    pub organization: Option<OrganizationId>,
    /// RFC 8785 JSON of `{"body":…,"path":{…},"query":{…}}`.
    pub request: String,
}

/// What comes with every command.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub actor: Actor,
    /// W3C trace id, which is the correlation id; not all zero.
    pub trace: [u8; 16],
    /// How a repetition is known.
    pub idempotency: Option<Idempotency>,
    /// The version that the resource must have.
    pub if_match: Option<u64>,
    /// Decide, but append nothing.
    pub dry_run: bool,
    /// The entry that led to the command.
    pub cause: Cause,
}

impl Context {
    /// A command of the process itself.
    #[must_use]
    pub fn system(trace: [u8; 16]) -> Self {
        Self { actor: Actor::System, trace, idempotency: None, if_match: None, dry_run: false, cause: Cause::None }
    }
}

/// One thing that can be asked of the platform.
#[async_trait]
pub trait Command: Send + Sync {
    /// Its name in the log: the action's.
    const NAME: &'static str;
    /// Whether the answer may carry a secret, which is never repeated.
    const DELIVERS_SECRET: bool = false;
    /// The resource it answers with. Its stream is the first that the command writes.
    type Aggregate: Aggregate;

    /// Streams that are known to be written. Commands on the same stream run one after
    /// another in a process, so that they do not starve each other.
    fn serialize_on(&self) -> Vec<StreamId>;

    /// Whether the answer that left the resource so did carry one.
    fn delivered_secret(_: &Self::Aggregate) -> bool {
        Self::DELIVERS_SECRET
    }

    /// Loads, authorizes and decides, through the unit alone. It may run several times.
    async fn run(&self, unit: &mut Unit<'_>) -> Result<<Self::Aggregate as Aggregate>::Id, Refusal>;
}

/// What a command led to.
#[derive(Debug, Clone)]
pub struct Answer<A: Aggregate> {
    /// The resource.
    pub id: A::Id,
    /// Its version after the command.
    pub version: u64,
    /// Its state after the command.
    pub state: A,
    /// The entries; `None` if nothing changed, or for a dry run.
    pub positions: Option<RangeInclusive<u64>>,
    /// A secret that is told once.
    pub secret: Option<String>,
    /// Whether this is the answer to an earlier request with the same key.
    pub repeated: bool,
    /// What a dry run came to; `None` if it was none.
    pub trial: Option<Box<Trial>>,
}

/// The write side of one process.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    log: Log,
    rules: AccessRules,
    effects: Arc<dyn Effects>,
    trial_effects: trial::TrialEffects,
    answers: Arc<dyn Answers>,
    facts: OnceLock<Arc<dyn Facts>>,
    states: states::States,
    /// Up to where the cached states have followed the log.
    followed: AtomicU64,
    locks: locks::Locks,
    denials: denials::Denials,
}

impl Engine {
    /// An engine over a log. [`Self::follow`] must run beside it.
    #[must_use]
    pub fn new(log: Log, rules: AccessRules, effects: Arc<dyn Effects>, answers: Arc<dyn Answers>) -> Self {
        let shared = Shared {
            states: states::States::new(log.clone()),
            log,
            followed: AtomicU64::new(0),
            rules,
            trial_effects: trial::TrialEffects(effects.clone()),
            effects,
            answers,
            facts: OnceLock::new(),
            locks: locks::Locks::default(),
            denials: denials::Denials::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Lets commands look up facts about sets. The read side, which answers, is mostly
    /// started after the engine; a second call changes nothing.
    pub fn provide_facts(&self, facts: Arc<dyn Facts>) {
        let _ = self.shared.facts.set(facts);
    }

    /// What looks up facts about sets.
    pub(crate) fn facts(&self) -> Result<&dyn Facts, Refusal> {
        let facts = self.shared.facts.get();
        facts.map(|facts| &**facts).ok_or_else(|| Refusal::internal("no facts are provided to the engine"))
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.shared.effects.now()
    }

    /// The log that it writes.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.shared.log
    }

    /// The access rules in force.
    #[must_use]
    pub fn rules(&self) -> &AccessRules {
        &self.shared.rules
    }

    /// A resource's state on the log, with everything in it that is visible by now.
    pub(crate) async fn fresh_state<A: Aggregate + TryFrom<AnyState>>(&self, id: A::Id) -> Result<A, Refusal> {
        self.shared.states.get(&states::stream_of::<A>(id), states::Freshness::Fresh).await?.typed()
    }

    /// A resource's state and version, if this process keeps it; nothing is read for that.
    pub(crate) fn known<A: Aggregate + TryFrom<AnyState>>(&self, id: A::Id) -> Option<(A, u64)> {
        let folded = self.shared.states.known(&states::stream_of::<A>(id))?;
        Some((folded.typed().ok()?, folded.version))
    }

    /// A resource's state and version on the log, as this process knows it.
    pub async fn state<A: Aggregate + TryFrom<AnyState>>(&self, id: A::Id) -> Result<(A, u64), Refusal> {
        let folded = self.shared.states.get(&states::stream_of::<A>(id), states::Freshness::Cached).await?;
        Ok((folded.typed::<A>()?, folded.version))
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("rules", &self.shared.rules).finish_non_exhaustive()
    }
}
