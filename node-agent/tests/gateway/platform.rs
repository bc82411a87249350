//! The platform's state: the domain's aggregates, and what was reported.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ed25519_dalek::VerifyingKey;
use gpuaas_domain::attestation::{self, Attestation};
use gpuaas_domain::bounded::{Document, Text};
use gpuaas_domain::enrollment::{self, Enrollment};
use gpuaas_domain::fixed::{Fingerprint, PublicKey, Signature};
use gpuaas_domain::id::{AllocationId, EnrollmentId, InstanceId, NodeId, OrganizationId, TaskId, TypedId};
use gpuaas_domain::node::{self, Node};
use gpuaas_domain::node_protocol::report::{ReportBody, ReportItem, SignedReport, TaskReport, TaskStep};
use gpuaas_domain::node_protocol::stream::ServerFrame;
use gpuaas_domain::node_protocol::task::TaskEnvelope;
use gpuaas_domain::node_protocol::token::EnrollmentToken;
use gpuaas_domain::node_report::{self, ChainPoint, NodeReport};
use gpuaas_domain::node_task::{self, Advance, End, NodeTask, TaskKind};
use gpuaas_domain::service_account::SecretDigest;
use gpuaas_domain::{Aggregate, Code, Rejected, Timestamp};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{New, digest, rand_bytes};

#[derive(Default)]
pub(crate) struct NodeState {
    pub(crate) node: Node,
    pub(crate) chain: NodeReport,
    pub(crate) items: Vec<ReportItem>,
    pub(crate) reports: Vec<SignedReport>,
    stream: Option<mpsc::UnboundedSender<ServerFrame>>,
    pub(crate) streams: u32,
}

#[derive(Default)]
pub(crate) struct Platform {
    pub(crate) nodes: BTreeMap<NodeId, NodeState>,
    enrollments: BTreeMap<EnrollmentId, Enrollment>,
    tasks: BTreeMap<TaskId, NodeTask>,
    queue: Vec<TaskEnvelope>,
    attestations: BTreeMap<AllocationId, Attestation>,
    /// What was refused, by code.
    pub(crate) refusals: Vec<Code>,
}

pub(crate) fn now() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64)
}

fn apply<A: Aggregate>(state: &mut A, command: A::Command) -> Result<Vec<A::Event>, Code> {
    let events = state.decide(command).map_err(|rejection| rejection.code())?;
    *state = std::mem::take(state).evolve_all(&events);
    Ok(events)
}

impl Platform {
    pub(super) fn register(
        &mut self,
        simulated: bool,
        lasts: Duration,
        ca_fingerprint: Fingerprint,
    ) -> (NodeId, EnrollmentToken) {
        let (id, enrollment) = (NodeId::from_uuid(Uuid::now()), EnrollmentId::from_uuid(Uuid::now()));
        let name = Text::new(format!("node-{}", self.nodes.len())).unwrap();
        let state = self.nodes.entry(id).or_default();
        apply(&mut state.node, node::Command::Register(node::Registered { name, simulated })).unwrap();
        let token = EnrollmentToken { enrollment, secret: rand_bytes(), ca_fingerprint };
        self.open(id, &token, lasts);
        (id, token)
    }

    /// Lets a node enroll anew.
    pub(crate) fn open(&mut self, node: NodeId, token: &EnrollmentToken, lasts: Duration) {
        let digest = SecretDigest(digest(&token.secret).0);
        let expires_at = Timestamp(now().0 + lasts.as_micros() as u64);
        let issued = enrollment::Issued { node, digest, expires_at };
        let enrollment = self.enrollments.entry(token.enrollment).or_default();
        apply(enrollment, enrollment::Command::Issue(issued)).unwrap();
    }

    pub(super) fn enroll(&mut self, id: EnrollmentId, secret: &[u8], key: PublicKey) -> Result<NodeId, Code> {
        let enrollment = self.enrollments.entry(id).or_default();
        let digest = SecretDigest(digest(secret).0);
        apply(enrollment, enrollment::Command::Use { digest, public_key: key, now: now() })?;
        let node = enrollment.details().unwrap().node;
        self.command(node, node::Command::Enroll(node::Enrolled { public_key: key, enrollment: id }))?;
        Ok(node)
    }

    pub(crate) fn command(&mut self, node: NodeId, command: node::Command) -> Result<(), Code> {
        apply(&mut self.nodes.get_mut(&node).ok_or(Code::NotFound)?.node, command).map(drop)
    }

    /// The node that a connection is; asked of every request.
    pub(super) fn identify(&self, peer: super::server::Peer) -> Result<NodeId, Code> {
        for (id, state) in &self.nodes {
            if let Some(identity) = state.node.identity()
                && identity.holds(peer.public_key, peer.serial, now())
            {
                return Ok(*id);
            }
            if let Node::Banned { identity: Some(identity), .. } = &state.node
                && identity.public_key == peer.public_key
            {
                return Err(Code::NodeBanned);
            }
        }
        Err(Code::NodeCertificateUnknown)
    }

    pub(super) fn queue(
        &mut self,
        node: NodeId,
        kind: &str,
        generation: u64,
        spec: String,
        change: impl FnOnce(&mut TaskEnvelope),
    ) -> TaskId {
        let task = TaskId::from_uuid(Uuid::now());
        let spec_hash = digest(spec.as_bytes());
        let known = TaskKind::ALL.iter().find(|known| known.as_str() == kind).copied();
        let kind_of_record = known.unwrap_or(TaskKind::OciRuntimeStatus);
        let queued = node_task::Queued { node, kind: kind_of_record, target: None, generation, spec: spec_hash };
        apply(self.tasks.entry(task).or_default(), node_task::Command::Queue(queued)).unwrap();
        let (kind, spec) = (Text::new(kind).unwrap(), Document::new(spec).unwrap());
        let mut envelope = TaskEnvelope { task, node, kind, generation, spec_hash, spec };
        change(&mut envelope);
        self.queue.push(envelope);
        self.deliver_again(task);
        task
    }

    pub(super) fn deliver_again(&mut self, task: TaskId) {
        let envelope = self.queue.iter().find(|envelope| envelope.task == task).unwrap().clone();
        let node = self.tasks[&task].queued().unwrap().node;
        self.send(node, ServerFrame::Task(Box::new(envelope)));
    }

    pub(super) fn cancel(&mut self, task: TaskId) {
        apply(self.tasks.get_mut(&task).unwrap(), node_task::Command::Cancel).unwrap();
    }

    pub(super) fn end(&self, task: TaskId) -> Option<End> {
        match &self.tasks[&task] {
            NodeTask::Ended(ended) => Some(ended.end.clone()),
            NodeTask::Absent | NodeTask::Open { .. } => None,
        }
    }

    /// A new stream gets every task that has not ended, in order.
    pub(super) fn connect(&mut self, node: NodeId) -> mpsc::UnboundedReceiver<ServerFrame> {
        let (stream, frames) = mpsc::unbounded_channel();
        let state = self.nodes.get_mut(&node).unwrap();
        state.stream = Some(stream.clone());
        state.streams += 1;
        for envelope in &self.queue {
            // An envelope may name another node than it is sent to: that is what some tests are about.
            if let NodeTask::Open { queued, .. } = &self.tasks[&envelope.task]
                && queued.node == node
            {
                stream.send(ServerFrame::Task(Box::new(envelope.clone()))).unwrap();
            }
        }
        frames
    }

    pub(super) fn disconnect(&mut self, node: NodeId) {
        self.nodes.get_mut(&node).unwrap().stream = None;
    }

    pub(crate) fn is_connected(&self, node: NodeId) -> bool {
        self.nodes[&node].stream.as_ref().is_some_and(|stream| !stream.is_closed())
    }

    pub(super) fn send(&mut self, node: NodeId, frame: ServerFrame) {
        if let Some(stream) = &self.nodes[&node].stream {
            let _ = stream.send(frame);
        }
    }

    pub(super) fn items(&self, node: NodeId) -> Vec<ReportItem> {
        self.nodes[&node].items.clone()
    }

    pub(super) fn report(&mut self, id: NodeId, key: PublicKey, report: &SignedReport) -> Result<ChainPoint, Code> {
        verify(key, &SignedReport::signed_bytes(&report.body), report.signature)?;
        let body: ReportBody = serde_json::from_str(&report.body).map_err(|_| Code::MalformedJson)?;
        let state = self.nodes.get_mut(&id).unwrap();
        let hash = digest(report.body.as_bytes());
        let extended = node_report::Extended { public_key: key, point: body.chain.clone(), hash };
        let events = apply(&mut state.chain, node_report::Command::Extend(extended))?;
        match events.first() {
            None => return Ok(body.chain),
            Some(node_report::Event::Extended(_)) => {}
            Some(node_report::Event::Forked(_)) => {
                apply(&mut state.node, node::Command::Ban(node::BanReason::ReportsForked))?;
                self.disconnect(id);
                return Err(Code::ReportForked);
            }
        }
        state.reports.push(report.clone());
        for item in body.items {
            if let Err(code) = self.take(id, key, &item) {
                self.refusals.push(code);
            } else {
                self.nodes.get_mut(&id).unwrap().items.push(item);
            }
        }
        Ok(body.chain)
    }

    fn take(&mut self, id: NodeId, key: PublicKey, item: &ReportItem) -> Result<(), Code> {
        match item {
            ReportItem::Task(report) => self.advance(id, report),
            ReportItem::Workload(_) => Ok(()),
            ReportItem::Attestation(signed) => {
                verify(key, &signed.statement.signed_bytes(), signed.signature)?;
                let recorded = attestation::Recorded {
                    organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
                    statement: signed.statement.clone(),
                    public_key: key,
                    signature: signed.signature,
                };
                let state = self.attestations.entry(signed.statement.allocation).or_default();
                apply(state, attestation::Command::Record { recorded, node: id, now: now() }).map(drop)
            }
            ReportItem::Inventory(inventory) => self.command(id, node::Command::ReportInventory(inventory.clone())),
            ReportItem::Runtime(runtime) => self.command(id, node::Command::ReportRuntime(runtime.clone())),
        }
    }

    fn advance(&mut self, node: NodeId, report: &TaskReport) -> Result<(), Code> {
        let to = match &report.step {
            TaskStep::Accepted => Advance::Delivered,
            TaskStep::Running => Advance::Running,
            TaskStep::Succeeded { output } => Advance::Succeeded(node_task::Succeeded { output: output.clone() }),
            TaskStep::Failed { failure, output } => {
                Advance::Failed(node_task::Failed { failure: failure.clone(), output: output.clone() })
            }
            TaskStep::Cancelled { output } => Advance::Cancelled(node_task::Cancelled { output: Some(output.clone()) }),
        };
        let task = self.tasks.get_mut(&report.task).ok_or(Code::NotFound)?;
        let advance = node_task::Command::Advance { node, generation: report.generation, to: Box::new(to) };
        apply(task, advance).map(drop)
    }

    /// Intervals attested of a workload, in order.
    pub(crate) fn attested(&self, node: NodeId, instance: InstanceId) -> Vec<(u64, u64)> {
        let statements = self.nodes[&node].items.iter().filter_map(|item| match item {
            ReportItem::Attestation(signed) if signed.statement.instance == instance => Some(&signed.statement),
            _ => None,
        });
        statements.map(|statement| (statement.from().0, statement.until().0)).collect()
    }

    /// For a test that waited in vain.
    pub(super) fn tell(&self) -> String {
        let items: Vec<_> = self.nodes.values().map(|node| &node.items).collect();
        format!("tasks {:#?}\nitems {items:#?}\nrefusals {:?}", self.tasks, self.refusals)
    }
}

fn verify(key: PublicKey, bytes: &[u8], signature: Signature) -> Result<(), Code> {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    let key = VerifyingKey::from_bytes(&key.0).map_err(|_| Code::NodeSignatureInvalid)?;
    key.verify_strict(bytes, &signature).map_err(|_| Code::NodeSignatureInvalid)
}
