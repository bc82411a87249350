//! A unit of work: what one attempt at a command has loaded, decided and depends on.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{OrganizationId, TypedId};
use gpuaas_domain::user::EMAIL_CLAIM;
use gpuaas_domain::{Aggregate, AnyState, EventSet, Fields, Timestamp};
use gpuaas_log::append::{
    Append, ClaimChange, Commanded, Decision, Guard, Metadata, Name, NewEvent, NewPayload, StreamAppend, StreamId,
};
use gpuaas_log::entry::Owner;
use gpuaas_log::hash::Hash;
use uuid::Uuid;

use super::execute::check_version;
use super::states::{Folded, Freshness, stream_of};
use super::{Context, Engine};
use crate::authorization::{Action, Allowed, Scope};
use crate::effects::Effects;
use crate::facts::Facts;
use crate::refusal::{Refusal, of_read};

/// A stream that the attempt has loaded.
struct Loaded {
    /// Version on the log.
    expected: u64,
    /// State with the attempt's own events.
    state: AnyState,
    /// Whose, once the attempt writes to it.
    owner: Owner,
    events: Vec<NewEvent>,
    guarded: bool,
}

/// What a claim is called in the request, for the refusal.
#[derive(Debug, Clone)]
pub(super) struct ClaimName {
    pub(super) hash: Hash,
    pub(super) scope: &'static str,
    pub(super) field: &'static str,
    /// None for what is personal.
    pub(super) name: Option<String>,
}

/// One attempt at a command.
pub struct Unit<'e> {
    engine: &'e Engine,
    context: &'e Context,
    freshness: Freshness,
    now: Timestamp,
    loaded: BTreeMap<StreamId, Loaded>,
    /// Streams in the order in which they were first written.
    written: Vec<StreamId>,
    claims: Vec<ClaimChange>,
    claim_names: Vec<ClaimName>,
    blobs: Vec<Arc<[u8]>>,
    /// The decision of the access rules, once asked; none for policies and the system.
    pub(super) allowed: Option<Option<Allowed>>,
    /// What the access rules said no to, where the actor has a role.
    pub(super) denied: Option<(Action, Scope)>,
    secret: Option<String>,
}

impl<'e> Unit<'e> {
    pub(super) fn new(engine: &'e Engine, context: &'e Context, freshness: Freshness) -> Self {
        Self {
            engine,
            context,
            freshness,
            now: engine.shared.effects.now(),
            loaded: BTreeMap::new(),
            written: Vec::new(),
            claims: Vec::new(),
            claim_names: Vec::new(),
            blobs: Vec::new(),
            allowed: None,
            denied: None,
            secret: None,
        }
    }

    /// The time of this attempt.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Time, randomness and keys. A dry run makes none.
    #[must_use]
    pub fn effects(&self) -> &'e dyn Effects {
        if self.context.dry_run { &self.engine.shared.trial_effects } else { &*self.engine.shared.effects }
    }

    /// Whether this attempt has read everything on from the log. On an older state a "no"
    /// may be wrong, so a command that records one instead of answering with it asks first.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.freshness == Freshness::Fresh
    }

    /// What came with the command.
    #[must_use]
    pub fn context(&self) -> &'e Context {
        self.context
    }

    pub(super) fn engine(&self) -> &'e Engine {
        self.engine
    }

    /// A new id: UUIDv7 of this attempt's time.
    #[must_use]
    pub fn new_id<I: TypedId>(&self) -> I {
        I::from_uuid(self.new_uuid())
    }

    pub(super) fn new_uuid(&self) -> Uuid {
        let mut random = [0; 10];
        self.effects().random(&mut random);
        uuid::Builder::from_unix_timestamp_millis(self.now.0 / 1_000, &random).into_uuid()
    }

    /// A resource's state, with what this attempt has decided on it so far.
    pub async fn load<A: Aggregate + TryFrom<AnyState>>(&mut self, id: A::Id) -> Result<A, Refusal> {
        let loaded = self.loaded(stream_of::<A>(id)).await?;
        let folded = Folded { version: loaded.expected, state: loaded.state.clone() };
        folded.typed()
    }

    /// Makes the append depend on the resource being as it was loaded.
    pub async fn depend_on<A: Aggregate>(&mut self, id: A::Id) -> Result<(), Refusal> {
        self.loaded(stream_of::<A>(id)).await?.guarded = true;
        Ok(())
    }

    /// Decides on a resource; its events become part of the append.
    pub async fn decide<A>(
        &mut self,
        id: A::Id,
        owner: Option<OrganizationId>,
        command: A::Command,
    ) -> Result<A, Refusal>
    where
        A: Aggregate + TryFrom<AnyState>,
        AnyState: From<A>,
    {
        let before: A = self.load(id).await?;
        let events = before.decide(command)?;
        let after = before.evolve_all(&events);
        let stream = stream_of::<A>(id);
        if !events.is_empty() && !self.written.contains(&stream) {
            self.written.push(stream.clone());
        }
        let unchanged = events.is_empty();
        let encoded = events.iter().map(encode).collect::<Result<Vec<_>, _>>()?;
        let loaded = self.loaded(stream).await?;
        // That nothing is to be done here is a decision, too, and rests on the state.
        loaded.guarded |= unchanged;
        loaded.events.extend(encoded);
        loaded.owner = owner.map(TypedId::uuid);
        loaded.state = after.clone().into();
        Ok(after)
    }

    /// Takes a unique name for the first stream that the command writes. `namespace` is the
    /// organization within which it is unique; `field` is what the request calls it.
    pub fn take(&mut self, namespace: Option<OrganizationId>, scope: &'static str, field: &'static str, name: &str) {
        let hash = self.effects().claim_key().claim(namespace.map(TypedId::uuid), scope, name);
        self.claims.push(ClaimChange { scope: Name::Borrowed(scope), name: hash, takes: true });
        let told = (scope != EMAIL_CLAIM).then(|| name.to_owned());
        self.claim_names.push(ClaimName { hash, scope, field, name: told });
    }

    /// Releases a unique name that the first stream that the command writes has taken.
    pub fn release(&mut self, namespace: Option<OrganizationId>, scope: &'static str, name: &str) {
        let hash = self.effects().claim_key().claim(namespace.map(TypedId::uuid), scope, name);
        self.claims.push(ClaimChange { scope: Name::Borrowed(scope), name: hash, takes: false });
    }

    /// The stream that holds a unique name. Its absence is not guarded.
    pub async fn holder(
        &self,
        namespace: Option<OrganizationId>,
        scope: &'static str,
        name: &str,
    ) -> Result<Option<Uuid>, Refusal> {
        let hash = self.effects().claim_key().claim(namespace.map(TypedId::uuid), scope, name);
        let holder = self.engine.log().claim_holder(Name::Borrowed(scope), hash).await.map_err(of_read)?;
        Ok(holder.map(|stream| stream.id))
    }

    /// A blob that an event in the log names.
    pub async fn blob(&self, digest: Digest) -> Result<Arc<[u8]>, Refusal> {
        let blob = self.engine.log().blob(Hash(digest.0)).await.map_err(of_read)?;
        blob.ok_or_else(|| Refusal::internal(format!("blob {digest} is not there")))
    }

    /// What looks up facts about sets.
    pub(crate) fn facts(&self) -> Result<&'e dyn Facts, Refusal> {
        self.engine.facts()
    }

    /// Owner sequence of an organization's last entry that is visible by now.
    pub(crate) async fn owner_sequence(&self, organization: OrganizationId) -> Result<u64, Refusal> {
        self.engine.log().owner_sequence(organization.uuid()).await.map_err(of_read)
    }

    /// A resource's state and version, if this process keeps it. Nothing rests on it.
    pub(crate) fn known<A: Aggregate + TryFrom<AnyState>>(&self, id: A::Id) -> Option<(A, u64)> {
        self.engine.known::<A>(id)
    }

    /// Position of the last entry that is visible by now.
    pub(crate) fn head(&self) -> u64 {
        *self.engine.log().head().borrow()
    }

    /// Adds a blob that a declared field of an event names by its digest.
    pub fn attach(&mut self, blob: Arc<[u8]>) {
        self.blobs.push(blob);
    }

    /// Tells a secret with the answer, once.
    pub fn deliver(&mut self, secret: String) {
        self.secret = Some(secret);
    }

    pub(super) fn take_secret(&mut self) -> Option<String> {
        self.secret.take()
    }

    /// Version on the log and state after the attempt.
    pub(super) fn outcome(&self, stream: &StreamId) -> Option<(u64, u64, AnyState)> {
        let loaded = self.loaded.get(stream)?;
        Some((loaded.expected, loaded.expected + loaded.events.len() as u64, loaded.state.clone()))
    }

    /// Refuses what `If-Match` refuses in the end, before an effect that would stay. The
    /// resource has to be loaded.
    pub(crate) fn check_precondition<A: Aggregate>(&self, id: A::Id) -> Result<(), Refusal> {
        match self.outcome(&stream_of::<A>(id)) {
            Some((version, ..)) => check_version(self.context.if_match, version),
            None => Err(Refusal::internal("a precondition of a resource that is not loaded")),
        }
    }

    /// Whether this attempt has decided anything about a resource that changes it.
    #[must_use]
    pub(crate) fn changes<A: Aggregate>(&self, id: A::Id) -> bool {
        self.written.contains(&stream_of::<A>(id))
    }

    pub(super) fn writes(&self) -> bool {
        !self.written.is_empty()
    }

    pub(super) fn first_written(&self) -> Option<&StreamId> {
        self.written.first()
    }

    pub(super) fn written(&self) -> impl Iterator<Item = &StreamId> {
        self.written.iter()
    }

    /// What the claims are called in the request.
    pub(super) fn claim_names(&self) -> Vec<ClaimName> {
        self.claim_names.clone()
    }

    /// What an entry of the log itself carries, and what the decision to let it be written
    /// rests on.
    pub(super) fn into_commanded(self, command: &'static str, idempotency: Option<(Hash, Hash)>) -> Commanded {
        let metadata = self.metadata(command, idempotency);
        let guarded = self.loaded.into_iter().filter(|(_, loaded)| loaded.guarded);
        let guards = guarded.map(|(stream, loaded)| Guard { stream, version: loaded.expected }).collect();
        Commanded { metadata, guards }
    }

    fn metadata(&self, command: &'static str, idempotency: Option<(Hash, Hash)>) -> Metadata {
        let decision = |allowed: Allowed| Decision { rule_set: allowed.rule_set, rules: allowed.rules };
        Metadata {
            command: Name::Borrowed(command),
            idempotency: idempotency.map(|(key, _)| key),
            request: idempotency.map(|(_, request)| request),
            actor: self.context.actor.for_log(),
            decision: self.allowed.clone().flatten().map(decision),
            trace: self.context.trace,
            cause: self.context.cause,
        }
    }

    /// The append of everything decided.
    pub(super) fn into_append(
        self,
        command: &'static str,
        command_id: Uuid,
        idempotency: Option<(Hash, Hash)>,
    ) -> Append {
        let metadata = self.metadata(command, idempotency);
        let mut loaded = self.loaded;
        let streams = self
            .written
            .into_iter()
            .filter_map(|stream| loaded.remove(&stream).map(|loaded| (stream, loaded)))
            .map(|(stream, Loaded { expected, owner, events, .. })| StreamAppend { stream, owner, expected, events })
            .collect();
        let guards = loaded
            .into_iter()
            .filter(|(_, loaded)| loaded.guarded)
            .map(|(stream, loaded)| Guard { stream, version: loaded.expected })
            .collect();
        Append { command_id, metadata, streams, guards, claims: self.claims, blobs: self.blobs }
    }

    async fn loaded(&mut self, stream: StreamId) -> Result<&mut Loaded, Refusal> {
        if !self.loaded.contains_key(&stream) {
            let folded = self.engine.shared.states.get(&stream, self.freshness).await?;
            let loaded = Loaded {
                expected: folded.version,
                state: folded.state.clone(),
                owner: None,
                events: Vec::new(),
                guarded: false,
            };
            self.loaded.insert(stream.clone(), loaded);
        }
        Ok(self.loaded.get_mut(&stream).expect("it was inserted above"))
    }
}

fn encode<E: EventSet>(event: &E) -> Result<NewEvent, Refusal> {
    let payload = gpuaas_log::payload::encode(&Fields(event)).map_err(Refusal::internal)?;
    Ok(NewEvent { event: Name::Borrowed(event.name()), schema: event.schema(), payload: NewPayload::Inline(payload) })
}
