//! Nodes: what they have, who holds it, and whether their agents are there.

use gpuaas_domain::fixed::{PublicKey, Serial};
use gpuaas_domain::id::{AllocationId, NodeId};
use gpuaas_domain::node::{
    Architecture, BanReason, Certificate, Details, Gpu, Identity, Inventory, Node, Presence, RuntimeStatus, Slot,
};
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A machine that runs workloads.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Node)]
pub struct NodeView {
    /// Its id.
    #[schema(value_type = vocabulary::NodeId)]
    pub id: NodeId,
    /// Unique name.
    pub name: String,
    /// Whether it stands for a machine that is not there.
    pub simulated: bool,
    /// Whether its agent enrolled, and is there.
    pub status: NodeStatus,
    /// Why nothing is accepted from it; null if it is not banned.
    #[schema(value_type = Option<vocabulary::BanReason>)]
    pub ban_reason: Option<BanReason>,
    /// The agent, while it is there.
    pub agent: Option<AgentView>,
    /// When the agent was heard last, if it is there no more.
    #[schema(format = DateTime)]
    pub last_heard_at: Option<String>,
    /// What it has; null before its agent said so.
    pub inventory: Option<InventoryView>,
    /// What its container engine can do; null before its agent said so.
    pub runtime: Option<RuntimeView>,
    /// Who it is to the platform; null before it enrolled and after it was removed.
    pub identity: Option<IdentityView>,
    /// When it was registered.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Whether a node's agent enrolled, and is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeStatus {
    /// No agent has enrolled.
    Registered,
    /// An agent enrolled and was never there since.
    Enrolled,
    /// The agent is there.
    Online,
    /// The agent is there no more.
    Offline,
    /// Nothing is accepted from it.
    Banned,
    /// It is gone for good.
    Removed,
}

/// A node's agent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeAgent)]
pub struct AgentView {
    /// Its version.
    pub version: String,
    /// The kernel's id of the boot that it runs in.
    pub boot_id: String,
}

/// What a node has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeInventory)]
pub struct InventoryView {
    /// The processors' architecture.
    #[schema(value_type = vocabulary::Architecture)]
    pub architecture: Architecture,
    /// Thousandths of a processor, all together.
    pub cpu_millis: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Its GPUs.
    pub gpus: Vec<GpuView>,
    /// What it is divided into.
    pub slots: Vec<NodeSlotView>,
    /// Whether it was read from a file instead of the machine.
    pub simulated: bool,
}

/// A GPU of a node.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeGpu)]
pub struct GpuView {
    /// The driver's unique id.
    pub uuid: String,
    /// The driver's name of the model.
    pub model: String,
    /// Its memory in bytes.
    pub memory_bytes: u64,
}

/// A share of a node that is given to one holder at a time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeSlot)]
pub struct NodeSlotView {
    /// Its number.
    pub index: u16,
    /// Thousandths of a processor.
    pub cpu_millis: u32,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Its GPUs, by id.
    pub gpus: Vec<String>,
    /// How often it was given.
    pub generation: u64,
    /// Who has it; null if nobody has.
    #[schema(value_type = Option<vocabulary::AllocationId>)]
    pub allocation_id: Option<AllocationId>,
}

/// What a node's container engine can do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeRuntime)]
pub struct RuntimeView {
    /// The engine; null where none answers.
    pub engine: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// What keeps it from running workloads; null if nothing does.
    pub problem: Option<String>,
}

/// Who a node is to the platform.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeIdentity)]
pub struct IdentityView {
    /// Its Ed25519 key, in hex.
    #[schema(value_type = String, min_length = 64, max_length = 64)]
    pub public_key: PublicKey,
    /// The certificates that count until they expire, oldest first.
    pub certificates: Vec<CertificateView>,
}

/// A certificate of a node's.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NodeCertificate)]
pub struct CertificateView {
    /// Its serial number, in hex.
    #[schema(value_type = String, min_length = 32, max_length = 32)]
    pub serial: Serial,
    /// Until when it counts.
    #[schema(format = DateTime)]
    pub not_after: String,
}

/// A new node.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNode {
    /// Unique name: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub name: String,
    /// Whether it stands for a machine that is not there.
    #[serde(default)]
    pub simulated: bool,
}

impl NodeStatus {
    /// Its word in the read models.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::Enrolled => "enrolled",
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Banned => "banned",
            Self::Removed => "removed",
        }
    }

    fn of(details: &Details) -> Self {
        match details.presence {
            Presence::Never => Self::Enrolled,
            Presence::Online { .. } => Self::Online,
            Presence::Offline { .. } => Self::Offline,
        }
    }
}

impl NodeView {
    /// The view of a node.
    pub fn of(resource: Resource<Node>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (details, identity, status, ban_reason) = match resource.state {
            Node::Absent => return Err(Resource::<Node>::missing()),
            Node::Registered { details } => (details, None, NodeStatus::Registered, None),
            Node::Enrolled { details, identity } => {
                let status = NodeStatus::of(&details);
                (details, Some(identity), status, None)
            }
            Node::Banned { details, identity, reason } => (details, identity, NodeStatus::Banned, Some(reason)),
            Node::Removed { details } => (details, None, NodeStatus::Removed, None),
        };
        let (agent, last_heard_at) = presence(&details.presence);
        Ok(Self {
            id: resource.id,
            name: details.name.to_string(),
            simulated: details.simulated,
            status,
            ban_reason,
            agent,
            last_heard_at,
            inventory: details.inventory.as_ref().map(|inventory| InventoryView::of(inventory, &details)),
            runtime: details.runtime.as_ref().map(RuntimeView::of),
            identity: identity.map(IdentityView::of),
            created_at,
            updated_at,
        })
    }
}

fn presence(presence: &Presence) -> (Option<AgentView>, Option<String>) {
    match presence {
        Presence::Never => (None, None),
        Presence::Online { boot_id, agent_version } => {
            (Some(AgentView { version: agent_version.to_string(), boot_id: boot_id.to_string() }), None)
        }
        Presence::Offline { last_heard } => (None, Some(moment::print(*last_heard))),
    }
}

impl InventoryView {
    fn of(inventory: &Inventory, details: &Details) -> Self {
        let gpu = |gpu: &Gpu| GpuView {
            uuid: gpu.uuid.to_string(),
            model: gpu.model.to_string(),
            memory_bytes: gpu.memory_bytes,
        };
        let slot = |slot: &Slot| {
            let given = details.slots.iter().find(|(index, _)| *index == slot.index).map(|(_, state)| state);
            NodeSlotView {
                index: slot.index,
                cpu_millis: slot.cpu_millis,
                memory_bytes: slot.memory_bytes,
                gpus: slot.gpus.iter().map(ToString::to_string).collect(),
                generation: given.map_or(0, |state| state.generation),
                allocation_id: given.and_then(|state| state.holder),
            }
        };
        Self {
            architecture: inventory.architecture,
            cpu_millis: inventory.cpu_millis,
            memory_bytes: inventory.memory_bytes,
            gpus: inventory.gpus.iter().map(gpu).collect(),
            slots: inventory.slots.iter().map(slot).collect(),
            simulated: inventory.simulated,
        }
    }
}

impl RuntimeView {
    fn of(runtime: &RuntimeStatus) -> Self {
        Self {
            engine: runtime.engine.as_ref().map(ToString::to_string),
            version: runtime.version.as_ref().map(ToString::to_string),
            problem: runtime.problem.as_ref().map(ToString::to_string),
        }
    }
}

impl IdentityView {
    fn of(identity: Identity) -> Self {
        let certificate = |certificate: &Certificate| CertificateView {
            serial: certificate.serial,
            not_after: moment::print(certificate.not_after),
        };
        let certificates = identity.certificates.iter().map(certificate).collect();
        Self { public_key: identity.public_key, certificates }
    }
}
