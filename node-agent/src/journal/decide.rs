//! Whether to act on a delivered task, adopt what is there, or refuse. A pure decision on the
//! journal: delivery may repeat, effects may not.

use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InstanceId, NodeId};
use gpuaas_domain::node_protocol::output::{Failure, FailureCode, Lifecycle};
use gpuaas_domain::node_protocol::task::{
    ControlSpec, LaunchSpec, MAX_GRACE, ReferenceError, RemoveSpec, RuntimeStatusSpec, SpecFault, TaskEnvelope,
};
use gpuaas_domain::node_task::TaskKind;
use serde::de::DeserializeOwned;

use super::state::JournalState;

/// What a task tells to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Instruction {
    /// Say what the engine can do.
    Status,
    /// Run a container.
    Launch(Box<LaunchSpec>),
    /// Start, stop or restart one.
    Control(ControlSpec),
    /// Remove one.
    Remove(RemoveSpec),
}

impl Instruction {
    /// The workload that it is about.
    pub(crate) fn instance(&self) -> Option<InstanceId> {
        match self {
            Self::Status => None,
            Self::Launch(spec) => Some(spec.identity.instance),
            Self::Control(spec) => Some(spec.identity.instance),
            Self::Remove(spec) => Some(spec.identity.instance),
        }
    }
}

/// Why a task is not taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refused(pub(crate) Failure);

/// What to do with a delivered task.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Decision {
    /// It is under way or has ended: nothing.
    Known,
    /// Take it. A launch whose workload is there already finds and adopts it.
    Act(Instruction),
    /// Report why not, and change nothing.
    Refuse(Refused),
}

/// Decides on a delivered task.
pub(crate) fn decide(state: &JournalState, node: NodeId, envelope: &TaskEnvelope) -> Decision {
    match known(state, envelope).and_then(|known| if known { Ok(None) } else { fresh(state, node, envelope).map(Some) })
    {
        Ok(None) => Decision::Known,
        Ok(Some(instruction)) => Decision::Act(instruction),
        Err(refused) => Decision::Refuse(refused),
    }
}

/// Whether the task was taken before; another one under its id is refused.
fn known(state: &JournalState, envelope: &TaskEnvelope) -> Result<bool, Refused> {
    let open = state.open.get(&envelope.task).map(|open| (open.envelope.generation, open.envelope.spec_hash));
    let ended = || state.ended.iter().rev().find(|ended| ended.task == envelope.task);
    let before = open.or_else(|| ended().map(|ended| (ended.generation, ended.spec_hash)));
    match before {
        None => Ok(false),
        Some(before) if before == (envelope.generation, envelope.spec_hash) => Ok(true),
        Some(_) => Err(refused(FailureCode::SpecConflict, "this task came before with another specification")),
    }
}

fn fresh(state: &JournalState, node: NodeId, envelope: &TaskEnvelope) -> Result<Instruction, Refused> {
    if envelope.node != node {
        return Err(refused(FailureCode::TaskOfAnotherNode, "the task names another node"));
    }
    if Digest(*blake3::hash(envelope.spec.as_bytes()).as_bytes()) != envelope.spec_hash {
        return Err(refused(FailureCode::SpecMismatch, "the specification has another digest than the task says"));
    }
    let instruction = instruction(envelope)?;
    if let Some(instance) = instruction.instance() {
        generation(state, instance, envelope, &instruction)?;
    }
    if let Instruction::Launch(spec) = &instruction
        && spec.placement.node != node
    {
        return Err(refused(FailureCode::TaskOfAnotherNode, "the placement names another node"));
    }
    Ok(instruction)
}

fn generation(
    state: &JournalState,
    instance: InstanceId,
    envelope: &TaskEnvelope,
    instruction: &Instruction,
) -> Result<(), Refused> {
    let newest = state.generation(instance);
    if newest.is_some_and(|newest| envelope.generation < newest) {
        return Err(refused(FailureCode::StaleGeneration, "a newer generation of this workload is known"));
    }
    let present = state.works.get(&instance);
    match instruction {
        Instruction::Status | Instruction::Remove(_) => Ok(()),
        Instruction::Control(_) if present.is_none_or(|work| work.generation != envelope.generation) => {
            Err(refused(FailureCode::WorkloadUnknown, "this node has no such workload of this generation"))
        }
        Instruction::Control(_) => Ok(()),
        Instruction::Launch(_) => match present {
            Some(work) if work.generation == envelope.generation && work.spec_hash != envelope.spec_hash => {
                Err(refused(FailureCode::SpecConflict, "this generation was launched with another specification"))
            }
            None if newest == Some(envelope.generation) => {
                Err(refused(FailureCode::StaleGeneration, "this generation was removed; launch a newer one"))
            }
            // One that failed, and may have left something, makes room for the next.
            Some(work) if work.generation < envelope.generation && work.lifecycle() != Lifecycle::Failed => {
                Err(refused(FailureCode::SpecConflict, "an older generation is still there; remove it first"))
            }
            Some(_) | None => Ok(()),
        },
    }
}

/// What a task tells to do, if it can be read.
pub(crate) fn instruction(envelope: &TaskEnvelope) -> Result<Instruction, Refused> {
    let kind = TaskKind::ALL.iter().find(|kind| kind.as_str() == envelope.kind.as_str());
    let unknown = || refused(FailureCode::UnknownTaskKind, "update the agent, which knows no task of this kind");
    match kind.ok_or_else(unknown)? {
        TaskKind::OciRuntimeStatus => read::<RuntimeStatusSpec>(envelope).map(|_| Instruction::Status),
        TaskKind::OciLaunch => {
            let spec: LaunchSpec = read(envelope)?;
            spec.check().map_err(|fault| refused(code(&fault), &fault.to_string()))?;
            Ok(Instruction::Launch(Box::new(spec)))
        }
        TaskKind::OciControl => {
            let spec: ControlSpec = read(envelope)?;
            patient(spec.grace_seconds)?;
            Ok(Instruction::Control(spec))
        }
        TaskKind::OciRemove => {
            let spec: RemoveSpec = read(envelope)?;
            patient(spec.grace_seconds)?;
            Ok(Instruction::Remove(spec))
        }
    }
}

fn read<S: DeserializeOwned>(envelope: &TaskEnvelope) -> Result<S, Refused> {
    serde_json::from_str(&envelope.spec).map_err(|error| refused(FailureCode::SpecInvalid, &error.to_string()))
}

fn patient(grace_seconds: u32) -> Result<(), Refused> {
    let fault = || refused(FailureCode::SpecInvalid, &format!("grace_seconds: at most {MAX_GRACE}"));
    (grace_seconds <= MAX_GRACE).then_some(()).ok_or_else(fault)
}

fn code(fault: &SpecFault) -> FailureCode {
    match fault {
        SpecFault::Image(ReferenceError::Tag) => FailureCode::ImageTagRefused,
        SpecFault::Image(ReferenceError::Malformed) => FailureCode::ImageReferenceInvalid,
        SpecFault::Value(_) => FailureCode::SpecInvalid,
    }
}

fn refused(code: FailureCode, message: &str) -> Refused {
    Refused(Failure::new(code, message))
}
