//! What the journal says: the fold of its records.

use std::collections::{BTreeMap, VecDeque};

use gpuaas_domain::Timestamp;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InstanceId, TaskId};
use gpuaas_domain::node::{Inventory, RuntimeStatus};
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Lifecycle};
use gpuaas_domain::node_protocol::report::{ReportBody, ReportItem, SignedReport, TaskReport, TaskStep};
use gpuaas_domain::node_protocol::task::TaskEnvelope;
use gpuaas_domain::node_report::ChainPoint;
use serde::{Deserialize, Serialize};

use super::decide::{Instruction, instruction};
use super::record::Record;
use super::work::{Container, Work};

/// Tasks and workloads that are remembered after their end, so that one delivered again is known.
const REMEMBERED: usize = 4096;

/// A report that the server may not have.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Outgoing {
    /// Its number.
    pub(crate) sequence: u64,
    /// The report.
    pub(crate) report: SignedReport,
}

/// A task that was taken and has not ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OpenTask {
    /// The task.
    pub(crate) envelope: TaskEnvelope,
    /// When it was begun; `None` while it waits for others.
    pub(crate) began: Option<Timestamp>,
    /// Its place among all tasks taken.
    pub(crate) order: u64,
}

/// A task that has ended, in brief.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct EndedTask {
    pub(crate) task: TaskId,
    pub(crate) generation: u64,
    pub(crate) spec_hash: Digest,
}

/// What the journal says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct JournalState {
    /// The place of the next report; `None` before the first.
    pub(crate) next: Option<ChainPoint>,
    /// Reports that the server may not have, in order.
    pub(crate) outbox: VecDeque<Outgoing>,
    /// Tasks under way.
    pub(crate) open: BTreeMap<TaskId, OpenTask>,
    /// Tasks that have ended, oldest first.
    pub(crate) ended: VecDeque<EndedTask>,
    /// Workloads that are to be there.
    pub(crate) works: BTreeMap<InstanceId, Work>,
    /// Generations of the workloads that were removed, oldest first.
    pub(crate) removed: VecDeque<(InstanceId, u64)>,
    /// Tasks taken so far.
    pub(crate) taken: u64,
    /// What was reported of the node last.
    pub(crate) inventory: Option<Inventory>,
    /// What was reported of the engine last.
    pub(crate) runtime: Option<RuntimeStatus>,
}

impl JournalState {
    /// The newest generation of a workload that is known.
    pub(crate) fn generation(&self, instance: InstanceId) -> Option<u64> {
        let present = self.works.get(&instance).map(|work| work.generation);
        let removed = self.removed.iter().rev().find(|(known, _)| *known == instance);
        present.max(removed.map(|(_, generation)| *generation))
    }

    /// Tasks under way, in the order in which they were taken.
    pub(crate) fn open_in_order(&self) -> Vec<OpenTask> {
        let mut open: Vec<OpenTask> = self.open.values().cloned().collect();
        open.sort_by_key(|task| task.order);
        open
    }

    pub(super) fn apply(&mut self, record: &Record) {
        match record {
            Record::Snapshot(state) => *self = (**state).clone(),
            Record::Accepted { envelope } => self.accept(envelope),
            Record::Ports { instance, ports } => {
                if let Some(work) = self.works.get_mut(instance) {
                    work.ports.clone_from(ports);
                }
            }
            Record::Container { instance, container, image } => {
                if let Some(work) = self.works.get_mut(instance) {
                    work.container = Some(Container { id: container.clone(), image: image.clone() });
                }
            }
            Record::Report { hash, report, boot_id } => self.report(*hash, report, boot_id),
            Record::Acknowledged { sequence } => self.outbox.retain(|waiting| waiting.sequence > *sequence),
        }
    }

    fn accept(&mut self, envelope: &TaskEnvelope) {
        self.taken += 1;
        self.open.insert(envelope.task, OpenTask { envelope: envelope.clone(), began: None, order: self.taken });
        if let Ok(Instruction::Launch(spec)) = instruction(envelope) {
            let instance = spec.identity.instance;
            let work = Work::new(envelope.task, envelope.generation, envelope.spec_hash, *spec);
            // The same generation again is the same workload: what is known of it stays.
            let known = self.works.get(&instance).is_some_and(|known| known.generation == work.generation);
            if !known {
                self.works.insert(instance, work);
            }
        }
    }

    fn report(&mut self, hash: Digest, report: &SignedReport, boot_id: &Text<40>) {
        // The agent wrote the body itself and the line's checksum holds, so it reads.
        let Ok(body) = serde_json::from_str::<ReportBody>(&report.body) else { return };
        self.outbox.push_back(Outgoing { sequence: body.chain.sequence, report: report.clone() });
        self.next = Some(body.chain.next(hash));
        for item in &body.items {
            match item {
                ReportItem::Task(task) => self.task_came_to(task),
                ReportItem::Workload(workload) => {
                    self.workload_is(workload.instance, workload.generation, &workload.output);
                }
                ReportItem::Attestation(attestation) => {
                    if let Some(work) = self.works.get_mut(&attestation.statement.instance) {
                        work.attested_until = attestation.statement.until();
                        work.attested_in.clone_from(boot_id);
                    }
                }
                ReportItem::Inventory(inventory) => self.inventory = Some(inventory.clone()),
                ReportItem::Runtime(runtime) => self.runtime = Some(runtime.clone()),
            }
        }
    }

    fn task_came_to(&mut self, report: &TaskReport) {
        let output = match &report.step {
            TaskStep::Accepted => return,
            TaskStep::Running => {
                if let Some(open) = self.open.get_mut(&report.task) {
                    open.began = Some(report.at);
                }
                return;
            }
            TaskStep::Succeeded { output } | TaskStep::Failed { output, .. } | TaskStep::Cancelled { output } => output,
        };
        // A refused task was never taken, and changes no workload.
        let Some(open) = self.open.remove(&report.task) else { return };
        if let Ok(instruction) = instruction(&open.envelope)
            && let Some(instance) = instruction.instance()
        {
            self.workload_is(instance, report.generation, output);
        }
        let TaskEnvelope { task, generation, spec_hash, .. } = open.envelope;
        self.ended.push_back(EndedTask { task, generation, spec_hash });
        shorten(&mut self.ended);
    }

    fn workload_is(&mut self, instance: InstanceId, generation: u64, output: &ExecutorOutput) {
        if output.lifecycle == Lifecycle::Removed {
            // Remembered even if it was not there: what was removed is not launched by an older task.
            self.works.retain(|known, work| *known != instance || work.generation > generation);
            self.removed.push_back((instance, generation));
            shorten(&mut self.removed);
        } else if let Some(work) = self.works.get_mut(&instance).filter(|work| work.generation == generation) {
            work.reported = Some(output.clone());
        }
    }
}

fn shorten<T>(remembered: &mut VecDeque<T>) {
    while remembered.len() > REMEMBERED {
        remembered.pop_front();
    }
}
