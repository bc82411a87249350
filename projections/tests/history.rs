//! Random histories that the aggregates accept, and what their states are then.

mod catalog;
mod evidence;
mod fleet;
mod money;
mod tenants;
mod workloads;

use std::collections::BTreeMap;

use gpuaas_domain::id::{OrganizationId, ProjectId, TypedId};
use gpuaas_domain::{Aggregate, AnyState, EventSet, Fields, Kind, project};
use uuid::Uuid;

/// Events of one stream, decided on the world.
pub(crate) struct Step {
    pub(crate) kind: &'static str,
    pub(crate) id: Uuid,
    pub(crate) owner: Option<Uuid>,
    /// The stream's version before.
    pub(crate) expected: u64,
    /// Name, schema and payload of each.
    pub(crate) events: Vec<(&'static str, u64, Vec<u8>)>,
}

/// The state of every stream, with its version.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) states: BTreeMap<(Kind, Uuid), (AnyState, u64)>,
}

impl World {
    /// Decides on a stream's state and evolves it.
    pub(crate) fn decide<A>(&mut self, id: A::Id, owner: Option<Uuid>, command: A::Command) -> Option<Step>
    where
        A: Aggregate + TryFrom<AnyState>,
        AnyState: From<A>,
    {
        let key = (Kind::parse(A::KIND).unwrap(), id.uuid());
        let (state, version) = self.states.get(&key).cloned().unwrap_or((AnyState::absent(key.0), 0));
        let state = A::try_from(state).ok().expect("the key has the kind");
        let events = state.decide(command).ok().filter(|events| !events.is_empty())?;
        let step = Step {
            kind: A::KIND,
            id: key.1,
            owner,
            expected: version,
            events: events
                .iter()
                .map(|event| (event.name(), event.schema(), gpuaas_log::payload::encode(&Fields(event)).unwrap()))
                .collect(),
        };
        self.states.insert(key, (state.evolve_all(&events).into(), version + events.len() as u64));
        Some(step)
    }
}

/// Commands drawn by chance (splitmix64, so that a seed always gives the same ones).
pub(crate) struct Chance {
    seed: u64,
    pub(crate) world: World,
}

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, world: World::default() }
    }

    /// The next accepted command that gives events.
    pub(crate) fn step(&mut self) -> Step {
        loop {
            if let Some(step) = self.try_step() {
                return step;
            }
        }
    }

    fn try_step(&mut self) -> Option<Step> {
        match self.below(9) {
            0 => self.catalog(),
            1 => self.fleet(),
            2 => self.money(),
            3 => self.workloads(),
            4 => self.evidence(),
            _ => self.tenants(),
        }
    }

    fn number(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.number() % end
    }

    fn fresh<I: TypedId>(&mut self) -> I {
        I::from_uuid(Uuid::from_u64_pair(self.number(), self.number() | 1))
    }

    fn slug(&mut self) -> String {
        let letters = ["a", "b", "alpha", "beta", "z"];
        format!("{}-{}", letters[self.below(5) as usize], self.below(1000))
    }

    /// One of the streams that there are.
    fn any<I: TypedId>(&mut self, kind: Kind) -> Option<I> {
        let ids: Vec<Uuid> = self.world.states.keys().filter(|key| key.0 == kind).map(|key| key.1).collect();
        let chosen = self.below(ids.len().max(1) as u64) as usize;
        ids.get(chosen).map(|id| I::from_uuid(*id))
    }

    fn state<A: TryFrom<AnyState>>(&self, kind: Kind, id: Uuid) -> Option<A> {
        A::try_from(self.world.states.get(&(kind, id))?.0.clone()).ok()
    }

    /// A project with its organization.
    fn any_project(&mut self) -> Option<(OrganizationId, ProjectId)> {
        let id: ProjectId = self.any(Kind::Project)?;
        let project: project::Project = self.state(Kind::Project, id.uuid())?;
        Some((project.details()?.organization, id))
    }
}
