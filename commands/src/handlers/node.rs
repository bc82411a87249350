//! Commands on nodes, by operators and by the nodes' own agents.

use async_trait::async_trait;
use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::enrollment::{self, Enrollment};
use gpuaas_domain::fixed::{PublicKey, Serial};
use gpuaas_domain::id::{EnrollmentId, NodeId, TypedId};
use gpuaas_domain::node::{
    self, BanReason, CertificateIssued, Enrolled, NAME_CLAIM, Node, Registered, WentOffline, WentOnline,
};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Registers a node, which may then enroll.
#[derive(Debug, Clone)]
pub struct RegisterNode {
    /// Unique name.
    pub name: Text<48>,
    /// Whether it stands for a machine that is not there.
    pub simulated: bool,
}

#[async_trait]
impl Command for RegisterNode {
    const NAME: &'static str = "node.register";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        unit.authorize(Action::RegisterNode, Scope::Platform).await?;
        let id: NodeId = unit.new_id();
        unit.take(None, NAME_CLAIM, "name", &self.name);
        let registered = Registered { name: self.name.clone(), simulated: self.simulated };
        unit.decide::<Node>(id, None, node::Command::Register(registered)).await?;
        Ok(id)
    }
}

/// A certificate that is about to be issued.
#[derive(Debug, Clone, Copy)]
pub struct NewCertificate {
    /// Its serial number.
    pub serial: Serial,
    /// From when it counts.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}

impl NewCertificate {
    fn command(self) -> node::Command {
        let Self { serial, not_before, not_after } = self;
        node::Command::IssueCertificate(CertificateIssued { serial, not_before, not_after })
    }
}

/// Lets an agent that shows an enrollment token take a node for its own.
#[derive(Clone)]
pub struct EnrollNode {
    /// The node that the token names.
    pub node: NodeId,
    /// Which token.
    pub enrollment: EnrollmentId,
    /// Its secret, in hex.
    pub secret: String,
    /// The agent's key.
    pub public_key: PublicKey,
    /// The certificate that it gets.
    pub certificate: NewCertificate,
}

#[async_trait]
impl Command for EnrollNode {
    const NAME: &'static str = "node.enroll";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.node)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        let shown = enrollment::Command::Use {
            digest: unit.effects().secret_digest(&self.secret),
            public_key: self.public_key,
            now: unit.now(),
        };
        // Whether the token counts is decided before anything is said of the node.
        let token = unit.load::<Enrollment>(self.enrollment).await?;
        gpuaas_domain::Aggregate::decide(&token, shown.clone())?;
        if token.details().is_none_or(|issued| issued.node != self.node) {
            return Err(enrollment::Rejection::Unknown.into());
        }
        unit.authorize(Action::EnrollNode, Scope::Node(self.node)).await?;
        let enrolled = Enrolled { public_key: self.public_key, enrollment: self.enrollment };
        unit.decide::<Node>(self.node, None, node::Command::Enroll(enrolled)).await?;
        unit.decide::<Node>(self.node, None, self.certificate.command()).await?;
        unit.decide::<Enrollment>(self.enrollment, None, shown).await?;
        Ok(self.node)
    }
}

/// Issues the next certificate for a node's key: to the agent over its connection, or when
/// its signature shows that the key is still its own.
#[derive(Debug, Clone)]
pub struct IssueNodeCertificate {
    /// Whose.
    pub node: NodeId,
    /// The key that is certified, which has to be the node's.
    pub public_key: PublicKey,
    /// The certificate.
    pub certificate: NewCertificate,
}

#[async_trait]
impl Command for IssueNodeCertificate {
    const NAME: &'static str = "node.issue_certificate";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.node)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        unit.authorize(Action::IssueNodeCertificate, Scope::Node(self.node)).await?;
        let node = unit.load::<Node>(self.node).await?;
        match &node {
            Node::Enrolled { identity, .. } if identity.public_key != self.public_key => {
                return Err(Refusal::new(
                    gpuaas_domain::Code::NodeCertificateUnknown,
                    "the key is not the one that the node enrolled with; enroll the node anew",
                ));
            }
            Node::Absent
            | Node::Registered { .. }
            | Node::Enrolled { .. }
            | Node::Banned { .. }
            | Node::Removed { .. } => {}
        }
        unit.decide::<Node>(self.node, None, self.certificate.command()).await?;
        Ok(self.node)
    }
}

/// Notes that a node's agent is connected.
#[derive(Debug, Clone)]
pub struct ComeOnline {
    /// Which node.
    pub node: NodeId,
    /// The kernel's id of this boot.
    pub boot_id: Text<40>,
    /// The agent's version.
    pub agent_version: Text<40>,
}

#[async_trait]
impl Command for ComeOnline {
    const NAME: &'static str = "node.come_online";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.node)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        unit.authorize(Action::ComeOnline, Scope::Node(self.node)).await?;
        let online = WentOnline { boot_id: self.boot_id.clone(), agent_version: self.agent_version.clone() };
        unit.decide::<Node>(self.node, None, node::Command::ComeOnline(online)).await?;
        Ok(self.node)
    }
}

/// Notes that a node was not heard for too long.
#[derive(Debug, Clone)]
pub struct GoOffline {
    /// Which node.
    pub node: NodeId,
    /// When it was heard last.
    pub last_heard: Timestamp,
}

#[async_trait]
impl Command for GoOffline {
    const NAME: &'static str = "node.go_offline";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.node)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        unit.authorize(Action::GoOffline, Scope::Platform).await?;
        let offline = WentOffline { last_heard: self.last_heard };
        unit.decide::<Node>(self.node, None, node::Command::GoOffline(offline)).await?;
        Ok(self.node)
    }
}

/// Takes nothing more from a node.
#[derive(Debug, Clone)]
pub struct BanNode {
    /// Which.
    pub node: NodeId,
}

#[async_trait]
impl Command for BanNode {
    const NAME: &'static str = "node.ban";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.node)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        unit.authorize(Action::BanNode, Scope::Platform).await?;
        unit.decide::<Node>(self.node, None, node::Command::Ban(BanReason::Operator)).await?;
        Ok(self.node)
    }
}

/// Lets a banned node be used again.
#[derive(Debug, Clone)]
pub struct UnbanNode {
    /// Which.
    pub node: NodeId,
}

#[async_trait]
impl Command for UnbanNode {
    const NAME: &'static str = "node.unban";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.node)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        unit.authorize(Action::UnbanNode, Scope::Platform).await?;
        unit.decide::<Node>(self.node, None, node::Command::Unban).await?;
        Ok(self.node)
    }
}

/// Takes a node for gone for good. What was on it ends by what follows from that.
#[derive(Debug, Clone)]
pub struct RemoveNode {
    /// Which.
    pub node: NodeId,
}

#[async_trait]
impl Command for RemoveNode {
    const NAME: &'static str = "node.remove";
    type Aggregate = Node;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.node)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        unit.authorize(Action::RemoveNode, Scope::Platform).await?;
        let before = unit.load::<Node>(self.node).await?;
        let after = unit.decide::<Node>(self.node, None, node::Command::Remove).await?;
        if let Some(details) = before.details().filter(|_| before != after) {
            unit.release(None, NAME_CLAIM, &details.name);
        }
        Ok(self.node)
    }
}

fn stream(node: NodeId) -> Vec<StreamId> {
    vec![StreamId::new("node", node.uuid())]
}
