//! What each node is to do: its tasks that have not ended, and which of them it is to
//! leave off, by their places in the log.
//!
//! A stream keeps one number, the place up to which it has told its node. So whatever
//! comes or goes meanwhile, nothing is left out and nothing overtakes, and a new stream
//! begins at 0.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use gpuaas_domain::id::{InstanceId, NodeId, TaskId};
use gpuaas_domain::node_protocol::progress::PullProgress;
use gpuaas_domain::node_task::Queued;
use tokio::sync::watch;

/// Takings back of tasks that have ended that are kept for streams that have not told them.
const KEPT: usize = 256;

/// What a node is to be told next.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    /// To do this.
    Deliver(TaskId, Queued),
    /// To leave this off.
    Cancel(TaskId),
}

/// The queues of all nodes.
pub(crate) struct Queues {
    nodes: Mutex<Inner>,
    /// Whether they are complete.
    loaded: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    queues: HashMap<NodeId, Queue>,
    /// Where each open task is.
    places: HashMap<TaskId, (NodeId, u64)>,
}

#[derive(Default)]
struct Queue {
    open: BTreeMap<u64, Open>,
    cancels: BTreeMap<u64, TaskId>,
    changed: watch::Sender<()>,
}

struct Open {
    task: TaskId,
    queued: Queued,
    progress: Option<PullProgress>,
}

impl Default for Queues {
    fn default() -> Self {
        Self { nodes: Mutex::default(), loaded: watch::Sender::new(false) }
    }
}

impl Queues {
    /// A task that was queued at a place in the log. One that is known changes nothing.
    pub(crate) fn queue(&self, position: u64, task: TaskId, queued: Queued) {
        let mut inner = self.lock();
        let node = queued.node;
        inner.places.insert(task, (node, position));
        let queue = inner.queues.entry(node).or_default();
        queue.open.entry(position).or_insert(Open { task, queued, progress: None });
        queue.changed.send_replace(());
    }

    /// A task that is to be left off, as was said at a place in the log.
    pub(crate) fn cancel(&self, position: u64, task: TaskId) {
        let mut inner = self.lock();
        let Some((node, _)) = inner.places.get(&task).copied() else { return };
        let queue = inner.queues.entry(node).or_default();
        queue.cancels.insert(position, task);
        queue.forget_old_cancels();
        queue.changed.send_replace(());
    }

    /// A task that has ended.
    pub(crate) fn end(&self, task: TaskId) {
        let mut inner = self.lock();
        if let Some((node, position)) = inner.places.remove(&task)
            && let Some(queue) = inner.queues.get_mut(&node)
        {
            queue.open.remove(&position);
        }
    }

    /// What a node is to be told after a place, and the place of that.
    pub(crate) fn next(&self, node: NodeId, after: u64) -> Option<(u64, Step)> {
        let inner = self.lock();
        let queue = inner.queues.get(&node)?;
        let beyond = (Bound::Excluded(after), Bound::Unbounded);
        let deliver = queue.open.range(beyond).next();
        let cancel = queue.cancels.range(beyond).next();
        match (deliver, cancel) {
            (Some((at, open)), cancel) if cancel.is_none_or(|(before, _)| at < before) => {
                Some((*at, Step::Deliver(open.task, open.queued.clone())))
            }
            (_, Some((at, task))) => Some((*at, Step::Cancel(*task))),
            (_, None) => None,
        }
    }

    /// Follows whether something of a node's changes.
    pub(crate) fn changes(&self, node: NodeId) -> watch::Receiver<()> {
        self.lock().queues.entry(node).or_default().changed.subscribe()
    }

    /// Notes how far the image of an open task of a node's has come. Says whether there
    /// is such a task, for that workload.
    pub(crate) fn note_progress(&self, node: NodeId, progress: PullProgress) -> bool {
        let mut inner = self.lock();
        let place = inner.places.get(&progress.task).copied().filter(|(of, _)| *of == node);
        let open = place.and_then(|(of, position)| inner.queues.get_mut(&of)?.open.get_mut(&position));
        let open = open.filter(|open| is_about(&open.queued, progress.instance));
        open.map(|open| open.progress = Some(progress)).is_some()
    }

    /// How far the image of a workload has come, while it is fetched.
    pub(crate) fn progress(&self, node: NodeId, instance: InstanceId) -> Option<PullProgress> {
        let inner = self.lock();
        let mut open = inner.queues.get(&node)?.open.values().rev();
        open.find_map(|open| open.progress.clone().filter(|progress| progress.instance == instance))
    }

    /// Says that the queues are complete from here on.
    pub(crate) fn complete(&self) {
        self.loaded.send_replace(true);
    }

    /// Waits until they are.
    pub(crate) async fn completed(&self) {
        // The sender is here, so it cannot be gone.
        let _ = self.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn forget_old_cancels(&mut self) {
        if self.cancels.len() <= KEPT {
            return;
        }
        let open: Vec<TaskId> = self.open.values().map(|open| open.task).collect();
        let old = self.cancels.iter().find(|(_, task)| !open.contains(task)).map(|(position, _)| *position);
        if let Some(old) = old {
            self.cancels.remove(&old);
        }
    }
}

fn is_about(queued: &Queued, instance: InstanceId) -> bool {
    queued.target.as_ref().is_some_and(|target| target.instance == instance)
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::fixed::Digest;
    use gpuaas_domain::id::{AllocationId, OrganizationId, ProjectId, TypedId as _};
    use gpuaas_domain::node_task::{Target, TaskKind};
    use uuid::Uuid;

    use super::*;

    fn node(number: u128) -> NodeId {
        NodeId::from_uuid(Uuid::from_u128(number))
    }

    fn task(number: u128) -> TaskId {
        TaskId::from_uuid(Uuid::from_u128(number))
    }

    fn queue(queues: &Queues, of: u128, number: u128, position: u64) {
        let spec = Digest([0; 32]);
        let queued = Queued { node: node(of), kind: TaskKind::OciRuntimeStatus, target: None, generation: 1, spec };
        queues.queue(position, task(number), queued);
    }

    /// Everything that a new stream of node 1 tells.
    fn told(queues: &Queues) -> Vec<String> {
        let mut at = 0;
        let steps = std::iter::from_fn(|| {
            let (position, step) = queues.next(node(1), at)?;
            at = position;
            Some(match step {
                Step::Deliver(task, _) => format!("{position} deliver {}", task.uuid().as_u128()),
                Step::Cancel(task) => format!("{position} cancel {}", task.uuid().as_u128()),
            })
        });
        steps.collect()
    }

    #[test]
    fn a_node_is_told_its_own_open_tasks_in_the_logs_order() {
        let queues = Queues::default();
        queue(&queues, 1, 12, 7);
        queue(&queues, 2, 20, 5);
        queue(&queues, 1, 11, 3);
        queue(&queues, 1, 13, 9);
        queue(&queues, 1, 11, 3);
        queues.cancel(8, task(12));
        assert_eq!(told(&queues), ["3 deliver 11", "7 deliver 12", "8 cancel 12", "9 deliver 13"]);
        queues.end(task(11));
        assert_eq!(told(&queues), ["7 deliver 12", "8 cancel 12", "9 deliver 13"]);
    }

    #[test]
    fn a_task_that_ends_behind_or_before_a_stream_moves_nothing_else() {
        let queues = Queues::default();
        for (number, position) in [(11, 3), (12, 7), (13, 9)] {
            queue(&queues, 1, number, position);
        }
        let (at, _) = queues.next(node(1), 0).unwrap();
        queues.end(task(11));
        queues.end(task(12));
        assert!(matches!(queues.next(node(1), at), Some((9, Step::Deliver(next, _))) if next == task(13)));
        assert_eq!(queues.next(node(1), 9), None);
    }

    #[test]
    fn progress_is_taken_of_the_nodes_own_open_task_and_goes_with_it() {
        let queues = Queues::default();
        let [organization, project, allocation, instance] = [1, 2, 3, 4].map(Uuid::from_u128);
        let target = Target {
            organization: OrganizationId::from_uuid(organization),
            project: ProjectId::from_uuid(project),
            allocation: AllocationId::from_uuid(allocation),
            instance: InstanceId::from_uuid(instance),
        };
        let (kind, spec) = (TaskKind::OciLaunch, Digest([0; 32]));
        let queued = Queued { node: node(1), kind, target: Some(target.clone()), generation: 1, spec };
        queues.queue(3, task(11), queued);
        let progress = |number| PullProgress {
            task: task(11),
            instance: InstanceId::from_uuid(Uuid::from_u128(number)),
            layers_done: 1,
            layers_total: 2,
            bytes_done: 3,
            bytes_total: 4,
        };
        assert!(!queues.note_progress(node(2), progress(4)), "another node's");
        assert!(!queues.note_progress(node(1), progress(5)), "about another workload");
        assert!(queues.note_progress(node(1), progress(4)));
        assert_eq!(queues.progress(node(1), target.instance), Some(progress(4)));
        queues.end(task(11));
        assert_eq!(queues.progress(node(1), target.instance), None);
        assert!(!queues.note_progress(node(1), progress(4)), "it has ended");
    }

    #[test]
    fn cancels_of_tasks_that_have_ended_are_forgotten_and_others_are_not() {
        let queues = Queues::default();
        queue(&queues, 1, 1, 1);
        queues.cancel(2, task(1));
        for number in 2..2 * KEPT as u64 {
            queue(&queues, 1, number.into(), 2 * number);
            queues.cancel(2 * number + 1, task(number.into()));
            queues.end(task(number.into()));
        }
        let told = told(&queues);
        assert_eq!((told.len(), &*told[1]), (KEPT + 1, "2 cancel 1"));
    }
}
