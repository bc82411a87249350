//! Tasks: taken into the journal, carried out once, reported.

use std::sync::Arc;

use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{InstanceId, TaskId};
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Failure, FailureCode, Lifecycle};
use gpuaas_domain::node_protocol::report::{ReportItem, TaskReport, TaskStep};
use gpuaas_domain::node_protocol::task::{ControlAction, ControlSpec, Identity, TaskEnvelope};
use tokio_util::sync::CancellationToken;

use super::Agent;
use super::host::TaskHost;
use super::lanes::Turn;
use crate::clock;
use crate::executor::failed;
use crate::journal::{Decision, Instruction, OpenTask, Record, Refused, decide};

/// A task under way.
struct Running {
    task: TaskId,
    generation: u64,
    /// When it was begun, by this agent or one before it.
    began: Timestamp,
    cancelled: CancellationToken,
}

impl Agent {
    /// Takes a delivered task, or says why not.
    pub(super) fn take(self: &Arc<Self>, envelope: TaskEnvelope) {
        match self.journal.read(|state| decide(state, self.node, &envelope)) {
            Decision::Known => tracing::debug!(task = %envelope.task, "delivered again"),
            Decision::Refuse(Refused(failure)) => {
                tracing::warn!(task = %envelope.task, code = %failure.code, message = %failure.message, "task refused");
                let output = failed(self.executor.engine(), failure.clone());
                self.kept(self.reporter.report(vec![step(&envelope, TaskStep::Failed { failure, output })]));
            }
            Decision::Act(instruction) => self.accept(&envelope, instruction),
        }
    }

    fn accept(self: &Arc<Self>, envelope: &TaskEnvelope, instruction: Instruction) {
        let accepted = Record::Accepted { envelope: Box::new(envelope.clone()) };
        let mut turn = self.lanes.enter(instruction.instance());
        let began = turn.is_first().then(clock::now);
        let steps = [Some(TaskStep::Accepted), began.map(|_| TaskStep::Running)];
        let items = steps.into_iter().flatten().map(|reached| step(envelope, reached)).collect();
        if self.kept(self.journal.append(&accepted)) && self.kept(self.reporter.report(items)) {
            self.begin(envelope, began, instruction, turn);
        }
    }

    /// Goes on with a task that the journal has and that has not ended.
    pub(super) fn go_on(self: &Arc<Self>, open: &OpenTask) {
        // It was read once already, or it would not have been taken.
        if let Ok(instruction) = crate::journal::instruction(&open.envelope) {
            let turn = self.lanes.enter(instruction.instance());
            self.begin(&open.envelope, open.began, instruction, turn);
        }
    }

    /// Leaves off a task, if it has not ended.
    pub(super) fn cancel(&self, task: TaskId) {
        if self.journal.read(|state| state.open.contains_key(&task)) {
            self.cancel_token(task).cancel();
        }
    }

    fn begin(
        self: &Arc<Self>,
        envelope: &TaskEnvelope,
        began: Option<Timestamp>,
        instruction: Instruction,
        mut turn: Turn,
    ) {
        let agent = Arc::clone(self);
        let (task, generation) = (envelope.task, envelope.generation);
        let cancelled = self.cancel_token(task);
        tokio::spawn(async move {
            turn.come().await;
            let running = Running { task, generation, began: began.unwrap_or_else(clock::now), cancelled };
            let said = began.is_some() || agent.kept(agent.reporter.report(vec![running.reached(TaskStep::Running)]));
            if said {
                agent.carry_out(&running, instruction).await;
            }
            agent.forget_cancel(task);
        });
    }

    async fn carry_out(self: &Arc<Self>, running: &Running, instruction: Instruction) {
        if running.cancelled.is_cancelled() {
            return self.leave_off(running, &instruction).await;
        }
        match instruction {
            Instruction::Status => self.say_status(running).await,
            Instruction::Launch(spec) => self.launch(running, &spec.identity).await,
            Instruction::Control(spec) => self.control(running, &spec).await,
            Instruction::Remove(spec) => self.remove(running, &spec.identity, spec.grace_seconds).await,
        }
    }

    async fn say_status(&self, running: &Running) {
        let runtime = self.executor.status().await;
        let summary = runtime.problem.as_ref().map_or("ready", |problem| problem.as_str());
        let output = ExecutorOutput::untouched(self.executor.engine(), summary);
        let items = vec![ReportItem::Runtime(runtime), running.reached(TaskStep::Succeeded { output })];
        self.kept(self.reporter.report(items));
    }

    async fn launch(self: &Arc<Self>, running: &Running, identity: &Identity) {
        let instance = identity.instance;
        let host = TaskHost::new(Arc::clone(self), running.task, instance, running.cancelled.clone());
        let output = match (self.listen(instance).await, self.work(instance)) {
            (Err(failure), _) => failed(self.executor.engine(), failure),
            (Ok(()), None) => failed(self.executor.engine(), unknown()),
            (Ok(()), Some(work)) => self.executor.launch(&work, &host).await,
        };
        let left_off = output.history.failure.as_ref().is_some_and(|failure| failure.code == FailureCode::Cancelled);
        if left_off {
            self.undo(running, identity).await;
        } else {
            self.finish(running, instance, output).await;
        }
    }

    /// Reports a task that was cancelled before this agent began it. One before it may have.
    async fn leave_off(&self, running: &Running, instruction: &Instruction) {
        if let Instruction::Launch(spec) = instruction {
            return self.undo(running, &spec.identity).await;
        }
        let output = self.as_it_is(instruction.instance());
        self.kept(self.reporter.report(vec![running.reached(TaskStep::Cancelled { output })]));
    }

    /// Removes what a cancelled launch made. What an earlier task launched stays.
    async fn undo(&self, running: &Running, identity: &Identity) {
        let instance = identity.instance;
        let own = self.work(instance).is_none_or(|work| work.task == running.task);
        let output = if own {
            self.forget(instance);
            self.executor.remove(identity, running.generation, 0).await
        } else {
            self.as_it_is(Some(instance))
        };
        self.kept(self.reporter.report(vec![running.reached(TaskStep::Cancelled { output })]));
    }

    async fn control(self: &Arc<Self>, running: &Running, spec: &ControlSpec) {
        let instance = spec.identity.instance;
        let output = match (self.listen(instance).await, self.work(instance)) {
            (Err(failure), _) => failed(self.executor.engine(), failure),
            (Ok(()), None) => failed(self.executor.engine(), unknown()),
            (Ok(()), Some(work)) => {
                // What ran until now is attested before it is stopped, while it can be seen.
                self.attest(&[instance]).await;
                self.executor.control(&work, spec.action, spec.grace_seconds, running.began).await
            }
        };
        self.finish(running, instance, output).await;
    }

    async fn remove(&self, running: &Running, identity: &Identity, grace_seconds: u32) {
        let instance = identity.instance;
        if let Some(work) = self.work(instance) {
            self.executor.control(&work, ControlAction::Stop, grace_seconds, running.began).await;
        }
        // Stopped and not yet gone: its last moment can still be told.
        let sighted = self.sight(&[instance]).await;
        let output = self.executor.remove(identity, running.generation, grace_seconds).await;
        if output.history.failure.is_none() {
            self.forget(instance);
        }
        self.kept(self.reporter.report_with(&sighted, vec![running.ended(output)]));
    }

    /// Reports the end of what may have left the workload running.
    async fn finish(self: &Arc<Self>, running: &Running, instance: InstanceId, mut output: ExecutorOutput) {
        output.logs = Some(self.logs.reference(instance));
        let runs = output.lifecycle == Lifecycle::Running;
        let sighted = self.sight(&[instance]).await;
        if !self.kept(self.reporter.report_with(&sighted, vec![running.ended(output)])) {
            return;
        }
        match self.work(instance) {
            Some(work) if runs => self.followers.follow(work, Arc::clone(&self.logs), Arc::clone(&self.executor)),
            Some(_) | None => self.endpoints.close(instance),
        }
    }

    /// Listens on the workload's ports, which the journal remembers.
    pub(super) async fn listen(&self, instance: InstanceId) -> Result<(), Failure> {
        let Some(work) = self.work(instance) else { return Err(unknown()) };
        let opened = self.endpoints.open(&work, &self.executor).await;
        let ports = opened.map_err(|error| {
            Failure::new(FailureCode::ExposureUnavailable, format!("no port of the host could be taken: {error}"))
        })?;
        if ports != work.ports && !self.kept(self.journal.append(&Record::Ports { instance, ports })) {
            return Err(Failure::new(FailureCode::JournalFailed, "the agent's journal failed"));
        }
        Ok(())
    }

    /// Forgets what the agent itself keeps of a workload that is gone.
    fn forget(&self, instance: InstanceId) {
        self.endpoints.close(instance);
        self.followers.leave(instance);
        self.logs.forget(instance);
    }

    fn as_it_is(&self, instance: Option<InstanceId>) -> ExecutorOutput {
        let reported = instance.and_then(|instance| self.work(instance)).and_then(|work| work.reported);
        reported.unwrap_or_else(|| ExecutorOutput::untouched(self.executor.engine(), "left off before it began"))
    }
}

impl Running {
    fn reached(&self, step: TaskStep) -> ReportItem {
        let (task, generation, at) = (self.task, self.generation, clock::now());
        ReportItem::Task(Box::new(TaskReport { task, generation, at, step }))
    }

    fn ended(&self, output: ExecutorOutput) -> ReportItem {
        self.reached(match output.history.failure.clone() {
            None => TaskStep::Succeeded { output },
            Some(failure) => TaskStep::Failed { failure, output },
        })
    }
}

fn step(envelope: &TaskEnvelope, step: TaskStep) -> ReportItem {
    let (task, generation, at) = (envelope.task, envelope.generation, clock::now());
    ReportItem::Task(Box::new(TaskReport { task, generation, at, step }))
}

fn unknown() -> Failure {
    Failure::new(FailureCode::WorkloadUnknown, "this node has no such workload; launch it")
}
