//! After a restart: what runs is adopted and never started again, what died meanwhile is
//! reported, and what was under way goes on.

use std::sync::Arc;

use gpuaas_domain::id::InstanceId;
use gpuaas_domain::node_protocol::output::{ExecutorOutput, Failure, FailureCode, Lifecycle, Step, StepKind};
use gpuaas_domain::node_protocol::report::{ReportItem, WorkloadReport};

use super::Agent;
use crate::clock;
use crate::endpoints;
use crate::executor::{Motion, Sighting, ended, failed};
use crate::journal::Work;

impl Agent {
    /// Goes on where the agent before this one left off.
    pub(super) fn resume(self: &Arc<Self>) {
        let (open, works) = self.journal.read(|state| (state.open_in_order(), state.works.clone()));
        for task in &open {
            tracing::info!(task = %task.envelope.task, kind = %task.envelope.kind, "going on with a task");
            self.go_on(task);
        }
        for work in works.values().filter(|work| work.lifecycle() == Lifecycle::Running) {
            self.look_at(work.instance());
        }
    }

    /// Compares a workload that was reported running with what is there.
    pub(super) async fn compare(self: &Arc<Self>, instance: InstanceId) {
        let Some(work) = self.work(instance).filter(|work| work.lifecycle() == Lifecycle::Running) else { return };
        let sighting = match self.executor.sight(&work).await {
            Ok(sighting) => sighting,
            // Nothing is known while the engine does not answer, so nothing is said.
            Err(failure) => {
                tracing::warn!(%instance, code = %failure.code, message = %failure.message, "not seen");
                return;
            }
        };
        match judge(self.executor.engine(), &work, sighting.as_ref()) {
            Some(output) => self.report_end(&work, sighting, output),
            None if !self.endpoints.is_open(instance) => self.adopt(&work).await,
            None => {}
        }
    }

    fn report_end(&self, work: &Work, sighting: Option<Sighting>, mut output: ExecutorOutput) {
        let instance = work.instance();
        output.logs = Some(self.logs.reference(instance));
        tracing::warn!(%instance, summary = %output.status.summary, "workload ended");
        let sighted: Vec<_> = sighting.into_iter().map(|sighting| (instance, sighting)).collect();
        if self.kept(self.reporter.report_with(&sighted, vec![changed(work, output)])) {
            self.endpoints.close(instance);
        }
    }

    async fn adopt(self: &Arc<Self>, work: &Work) {
        let instance = work.instance();
        if let Err(failure) = self.listen(instance).await {
            tracing::warn!(%instance, code = %failure.code, message = %failure.message, "not listening");
            return;
        }
        let Some(adopted) = self.work(instance) else { return };
        tracing::info!(%instance, container = ?adopted.container, "workload adopted");
        self.followers.follow(adopted.clone(), Arc::clone(&self.logs), Arc::clone(&self.executor));
        let moved = adopted.ports != work.ports;
        if let (true, Some(mut output)) = (moved, adopted.reported.clone()) {
            output.endpoints = endpoints::declared(&adopted);
            output.history.steps.push(Step { at: clock::now(), kind: StepKind::Adopted });
            self.kept(self.reporter.report(vec![changed(&adopted, output)]));
        }
    }
}

/// What to say of a workload that is not as it was reported; `None` if it is.
fn judge(engine: &str, work: &Work, sighting: Option<&Sighting>) -> Option<ExecutorOutput> {
    let ours = sighting.filter(|sighting| work.container.as_ref().is_some_and(|known| known.id == sighting.container));
    let Some(found) = ours else { return Some(ended(engine, work, None)) };
    if work.container.as_ref().is_some_and(|known| known.image != found.image) {
        let message = "the container runs another image than was launched; remove it and launch anew";
        return Some(failed(engine, Failure::new(FailureCode::ImageDigestMismatch, message)));
    }
    match found.motion {
        Motion::Running | Motion::Paused => None,
        Motion::Created | Motion::Exited { .. } => Some(ended(engine, work, Some(found))),
    }
}

fn changed(work: &Work, output: ExecutorOutput) -> ReportItem {
    ReportItem::Workload(Box::new(WorkloadReport {
        allocation: work.spec.identity.allocation,
        instance: work.instance(),
        generation: work.generation,
        at: clock::now(),
        output,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn sighting(motion: Motion) -> Sighting {
        let known = fixtures::work().container.unwrap();
        Sighting { container: known.id, image: known.image, motion, started_at: None, finished_at: None }
    }

    fn code(sighting: Option<&Sighting>) -> Option<FailureCode> {
        judge("docker", &fixtures::work(), sighting).map(|output| output.history.failure.unwrap().code)
    }

    #[test]
    fn a_container_that_runs_is_left_alone() {
        assert_eq!(code(Some(&sighting(Motion::Running))), None);
    }

    #[test]
    fn a_container_that_ended_is_reported_with_the_reason() {
        let exited = |out_of_memory| sighting(Motion::Exited { code: 137, out_of_memory });
        assert_eq!(code(Some(&exited(false))), Some(FailureCode::ContainerExited));
        assert_eq!(code(Some(&exited(true))), Some(FailureCode::OutOfMemory));
        assert_eq!(code(None), Some(FailureCode::ContainerRemoved));
    }

    #[test]
    fn another_container_in_its_place_is_not_adopted() {
        let mut other = sighting(Motion::Running);
        other.container = fixtures::text("other");
        assert_eq!(code(Some(&other)), Some(FailureCode::ContainerRemoved));
        let mut image = sighting(Motion::Running);
        image.image = format!("sha256:{}", "c3".repeat(32)).parse().unwrap();
        assert_eq!(code(Some(&image)), Some(FailureCode::ImageDigestMismatch));
    }
}
