//! Nodes, what they are told and what they say.

use gpuaas_domain::attestation::{self, Statement};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::{Digest, PublicKey, Signature};
use gpuaas_domain::id::{AllocationId, EnrollmentId, InstanceId, NodeId, TaskId, TypedId};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::node_report::ChainPoint;
use gpuaas_domain::node_task::{Queued, Target, TaskKind};
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::{Kind, Timestamp, enrollment, node, node_report, node_task};

use super::{Chance, Step};

impl Chance {
    pub(super) fn fleet(&mut self) -> Option<Step> {
        match self.below(7) {
            0 => self.register_node(),
            1 => self.change_node(),
            2 => self.enrollment(),
            3 => self.queue_task(),
            4 => self.cancel_task(),
            5 => self.report(),
            _ => self.attest(),
        }
    }

    fn register_node(&mut self) -> Option<Step> {
        let name = Text::new(self.slug()).unwrap();
        let id: NodeId = self.fresh();
        self.world.decide::<node::Node>(id, None, node::Command::Register(node::Registered { name, simulated: true }))
    }

    fn change_node(&mut self) -> Option<Step> {
        let id: NodeId = self.any(Kind::Node)?;
        let command = match self.below(4) {
            0 => node::Command::Ban(node::BanReason::Operator),
            1 => node::Command::Unban,
            2 => node::Command::ComeOnline(node::WentOnline {
                boot_id: Text::new("boot").unwrap(),
                agent_version: Text::new("1.0").unwrap(),
            }),
            _ => node::Command::Enroll(node::Enrolled { public_key: self.key(), enrollment: self.fresh() }),
        };
        self.world.decide::<node::Node>(id, None, command)
    }

    fn enrollment(&mut self) -> Option<Step> {
        let digest = SecretDigest([9; 32]);
        let known = self.any(Kind::Enrollment).filter(|_| self.below(2) == 0);
        let command = match known {
            Some(_) if self.below(2) == 0 => enrollment::Command::Revoke,
            Some(_) => enrollment::Command::Use { digest, public_key: self.key(), now: Timestamp(1) },
            None => enrollment::Command::Issue(enrollment::Issued {
                node: self.any(Kind::Node)?,
                digest,
                expires_at: Timestamp(7),
            }),
        };
        let id: EnrollmentId = known.unwrap_or_else(|| self.fresh());
        self.world.decide::<enrollment::Enrollment>(id, None, command)
    }

    fn queue_task(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let queued = Queued {
            node: self.any(Kind::Node)?,
            kind: TaskKind::OciLaunch,
            target: Some(Target { organization, project, allocation: self.fresh(), instance: self.fresh() }),
            generation: 1,
            spec: Digest([3; 32]),
        };
        let id: TaskId = self.fresh();
        let command = node_task::Command::Queue(queued);
        self.world.decide::<node_task::NodeTask>(id, Some(organization.uuid()), command)
    }

    fn cancel_task(&mut self) -> Option<Step> {
        let id: TaskId = self.any(Kind::NodeTask)?;
        let task: node_task::NodeTask = self.state(Kind::NodeTask, id.uuid())?;
        let owner = task.queued()?.target.as_ref().map(|target| target.organization.uuid());
        self.world.decide::<node_task::NodeTask>(id, owner, node_task::Command::Cancel)
    }

    fn report(&mut self) -> Option<Step> {
        let id: NodeId = self.any(Kind::Node)?;
        let public_key = self.key();
        let extended =
            node_report::Extended { public_key, point: ChainPoint::first(public_key), hash: Digest([5; 32]) };
        self.world.decide::<node_report::NodeReport>(id, None, node_report::Command::Extend(extended))
    }

    /// An allocation is of one organization: its id is made from the organization's.
    fn attest(&mut self) -> Option<Step> {
        let (organization, _) = self.any_project()?;
        let id = AllocationId::from_uuid(organization.uuid());
        let public_key = self.key();
        let from = self.below(1 << 40);
        let node: NodeId = self.any(Kind::Node)?;
        let statement = Statement {
            allocation: id,
            boot_id: Text::new("boot").unwrap(),
            chain: ChainPoint::first(public_key),
            container: Text::new("container").unwrap(),
            container_started_at: Timestamp(from),
            generation: 1,
            instance: self.fresh::<InstanceId>(),
            intervals: vec![Interval::new(Timestamp(from), Timestamp(from + 60))],
            node,
        };
        let recorded = attestation::Recorded { organization, statement, public_key, signature: Signature([6; 64]) };
        let command = attestation::Command::Record { recorded, node, now: Timestamp(1 << 41) };
        self.world.decide::<attestation::Attestation>(id, Some(organization.uuid()), command)
    }

    fn key(&mut self) -> PublicKey {
        PublicKey([self.below(256) as u8; 32])
    }
}
