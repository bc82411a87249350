//! Commands on enrollment tokens.

use async_trait::async_trait;
use gpuaas_domain::enrollment::{self, Enrollment, Issued};
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{EnrollmentId, NodeId, TypedId};
use gpuaas_domain::node::{self, Node};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Longest that an enrollment token counts, in seconds: a day.
pub const MAX_SECONDS: u64 = 24 * 3600;

/// Issues a token that lets one agent take a node for its own. The secret is told once, in hex.
#[derive(Debug, Clone)]
pub struct IssueEnrollment {
    /// Which node.
    pub node: NodeId,
    /// How long it counts, in seconds.
    pub seconds: u64,
}

#[async_trait]
impl Command for IssueEnrollment {
    const NAME: &'static str = "enrollment.issue";
    const DELIVERS_SECRET: bool = true;
    type Aggregate = Enrollment;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EnrollmentId, Refusal> {
        unit.authorize(Action::IssueEnrollment, Scope::Platform).await?;
        if !(60..=MAX_SECONDS).contains(&self.seconds) {
            let message = format!("expires_in must be 60 to {MAX_SECONDS} seconds");
            return Err(Refusal::invalid_field("expires_in", message));
        }
        match unit.load::<Node>(self.node).await? {
            Node::Absent => return Err(Refusal::not_found("node")),
            Node::Banned { .. } => return Err(node::Rejection::Banned.into()),
            Node::Removed { .. } => return Err(node::Rejection::Removed.into()),
            Node::Registered { .. } | Node::Enrolled { .. } => unit.depend_on::<Node>(self.node).await?,
        }
        let id: EnrollmentId = unit.new_id();
        let mut secret = [0; 32];
        unit.effects().random(&mut secret);
        let text = Digest(secret).to_string();
        let issued = Issued {
            node: self.node,
            digest: unit.effects().secret_digest(&text),
            expires_at: unit.now().plus_seconds(self.seconds),
        };
        unit.decide::<Enrollment>(id, None, enrollment::Command::Issue(issued)).await?;
        unit.deliver(text);
        Ok(id)
    }
}

/// Lets an unused token count no more.
#[derive(Debug, Clone)]
pub struct RevokeEnrollment {
    /// Which node, as the route says.
    pub node: NodeId,
    /// Which token.
    pub id: EnrollmentId,
}

#[async_trait]
impl Command for RevokeEnrollment {
    const NAME: &'static str = "enrollment.revoke";
    type Aggregate = Enrollment;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("enrollment", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EnrollmentId, Refusal> {
        unit.authorize(Action::RevokeEnrollment, Scope::Platform).await?;
        let token = unit.load::<Enrollment>(self.id).await?;
        if token.details().is_none_or(|issued| issued.node != self.node) {
            return Err(Refusal::not_found("enrollment token"));
        }
        unit.decide::<Enrollment>(self.id, None, enrollment::Command::Revoke).await?;
        Ok(self.id)
    }
}
