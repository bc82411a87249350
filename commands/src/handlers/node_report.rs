//! What a node reports: one append per report, with everything in it that can be taken. An
//! item that cannot is refused alone; a report that forks the chain bans the node.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::attestation::{self, Attestation, Recorded};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::{Digest, PublicKey};
use gpuaas_domain::id::{NodeId, TaskId, TypedId};
use gpuaas_domain::node::{self, BanReason, Node};
use gpuaas_domain::node_protocol::report::{
    RefusedItem, ReportBody, ReportItem, SignedStatement, TaskReport, TaskStep, WorkloadReport,
};
use gpuaas_domain::node_report::{self, Extended, NodeReport};
use gpuaas_domain::node_task::{self, Advance, Cancelled, Failed, NodeTask, Succeeded};
use gpuaas_domain::{Code, Rejected};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Takes a report. Its signature, and those of the statements in it, were checked.
#[derive(Debug)]
pub struct TakeReport {
    /// Whose report.
    pub node: NodeId,
    /// The key that signed it.
    pub public_key: PublicKey,
    /// What it says.
    pub body: ReportBody,
    /// BLAKE3 digest of its body as it was sent.
    pub hash: Digest,
    refused: Mutex<Vec<RefusedItem>>,
}

impl TakeReport {
    /// A report to take.
    #[must_use]
    pub fn new(node: NodeId, public_key: PublicKey, body: ReportBody, hash: Digest) -> Self {
        Self { node, public_key, body, hash, refused: Mutex::default() }
    }

    /// The items that the last attempt refused.
    #[must_use]
    pub fn refused(&self) -> Vec<RefusedItem> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Command for TakeReport {
    const NAME: &'static str = "node.report";
    type Aggregate = NodeReport;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("node_report", self.node.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<NodeId, Refusal> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).clear();
        unit.authorize(Action::ReportAsNode, Scope::Node(self.node)).await?;
        if self.body.node != self.node {
            return Err(Refusal::new(Code::NodeSignatureInvalid, "the report is another node's; send it from there"));
        }
        let before = unit.load::<NodeReport>(self.node).await?;
        let extended = Extended { public_key: self.public_key, point: self.body.chain.clone(), hash: self.hash };
        let extend = node_report::Command::Extend(extended);
        let after = unit.decide::<NodeReport>(self.node, None, extend).await?;
        if matches!(after, NodeReport::Forked(_)) {
            let ban = node::Command::Ban(BanReason::ReportsForked);
            unit.decide::<Node>(self.node, None, ban).await?;
            return Ok(self.node);
        }
        if after != before {
            self.items(unit).await?;
        }
        Ok(self.node)
    }
}

impl TakeReport {
    async fn items(&self, unit: &mut Unit<'_>) -> Result<(), Refusal> {
        for (index, item) in (0..).zip(&self.body.items) {
            let taken = match item {
                ReportItem::Task(report) => self.task(unit, report).await,
                ReportItem::Workload(report) => self.workload(unit, report).await,
                ReportItem::Attestation(signed) => self.attestation(unit, signed).await,
                ReportItem::Inventory(inventory) => {
                    let report = node::Command::ReportInventory(inventory.clone());
                    unit.decide::<Node>(self.node, None, report).await.map(drop)
                }
                ReportItem::Runtime(runtime) => {
                    let report = node::Command::ReportRuntime(runtime.clone());
                    unit.decide::<Node>(self.node, None, report).await.map(drop)
                }
            };
            match taken {
                Ok(()) => {}
                Err(refusal) if refusal.is_final() && unit.is_fresh() => self.refuse(index, &refusal),
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(())
    }

    fn refuse(&self, index: u32, refusal: &Refusal) {
        let refused =
            RefusedItem { index, code: Text::clipped(refusal.code.as_str()), message: Text::clipped(&refusal.message) };
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(refused);
    }

    async fn task(&self, unit: &mut Unit<'_>, report: &TaskReport) -> Result<(), Refusal> {
        let id: TaskId = report.task;
        let task = unit.load::<NodeTask>(id).await?;
        let Some(queued) = task.queued() else { return Err(node_task::Rejection::Absent.into()) };
        let owner = queued.target.as_ref().map(|target| target.organization);
        let advance = node_task::Command::Advance {
            node: self.node,
            generation: report.generation,
            to: Box::new(advance(&report.step)),
        };
        unit.decide::<NodeTask>(id, owner, advance).await.map(drop)
    }

    /// A workload that changed by itself: its instance takes it.
    async fn workload(&self, unit: &mut Unit<'_>, report: &WorkloadReport) -> Result<(), Refusal> {
        use gpuaas_domain::app_instance::{self, AppInstance};
        let allocation = unit.load::<Allocation>(report.allocation).await?;
        let organization = self.own(&allocation)?;
        let observe = app_instance::Command::ObserveWorkload {
            generation: report.generation,
            output: Box::new(report.output.clone()),
        };
        unit.decide::<AppInstance>(report.instance, Some(organization), observe).await.map(drop)
    }

    async fn attestation(&self, unit: &mut Unit<'_>, signed: &SignedStatement) -> Result<(), Refusal> {
        let allocation = unit.load::<Allocation>(signed.statement.allocation).await?;
        let organization = self.own(&allocation)?;
        let record = attestation::Command::Record {
            recorded: Recorded {
                organization,
                statement: signed.statement.clone(),
                public_key: self.public_key,
                signature: signed.signature,
            },
            node: self.node,
            now: unit.now(),
        };
        unit.decide::<Attestation>(signed.statement.allocation, Some(organization), record).await.map(drop)
    }

    /// The organization whose allocation this is, if it is on this node.
    fn own(&self, allocation: &Allocation) -> Result<gpuaas_domain::id::OrganizationId, Refusal> {
        match (allocation.requested(), allocation.placed()) {
            (Some(requested), Some(placed)) if placed.node == self.node => Ok(requested.organization),
            (Some(_) | None, Some(_) | None) => {
                let rejection = attestation::Rejection::AnotherNode;
                Err(Refusal::new(rejection.code(), rejection.to_string()))
            }
        }
    }
}

fn advance(step: &TaskStep) -> Advance {
    match step {
        TaskStep::Accepted => Advance::Delivered,
        TaskStep::Running => Advance::Running,
        TaskStep::Succeeded { output } => Advance::Succeeded(Succeeded { output: output.clone() }),
        TaskStep::Failed { failure, output } => {
            Advance::Failed(Failed { failure: failure.clone(), output: output.clone() })
        }
        TaskStep::Cancelled { output } => Advance::Cancelled(Cancelled { output: Some(output.clone()) }),
    }
}
