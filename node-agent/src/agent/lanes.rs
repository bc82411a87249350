//! Order: what concerns one workload happens one after another, in the order in which it came;
//! workloads do not wait for each other.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use gpuaas_domain::id::InstanceId;
use tokio::sync::oneshot;

/// A lane: a workload's, or the node's own.
type Lane = Option<InstanceId>;

/// Who is last in each lane.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<BTreeMap<Lane, oneshot::Receiver<()>>>);

/// A place in a lane. It is left by dropping it.
#[derive(Debug)]
pub(super) struct Turn {
    before: Option<oneshot::Receiver<()>>,
    _leave: oneshot::Sender<()>,
}

impl Lanes {
    /// Takes the next place in a lane.
    pub(super) fn enter(&self, lane: Lane) -> Turn {
        let (leave, left) = oneshot::channel();
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.retain(|_, last| is_there(last));
        Turn { before: lanes.insert(lane, left), _leave: leave }
    }
}

impl Turn {
    /// Whether nobody is before.
    pub(super) fn is_first(&mut self) -> bool {
        self.before.as_mut().is_none_or(|before| !is_there(before))
    }

    /// Waits until everybody before has left.
    pub(super) async fn come(&mut self) {
        if let Some(before) = self.before.take() {
            // Nothing is ever sent: the other end is dropped.
            let _ = before.await;
        }
    }
}

fn is_there(place: &mut oneshot::Receiver<()>) -> bool {
    matches!(place.try_recv(), Err(oneshot::error::TryRecvError::Empty))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::fixtures;

    #[tokio::test]
    async fn a_lane_is_walked_in_order() {
        let lanes = Lanes::default();
        let lane = Some(fixtures::identity().instance);
        let said = Arc::new(Mutex::new(Vec::new()));
        let walkers: Vec<_> = (0..20)
            .map(|number| {
                let (mut turn, said) = (lanes.enter(lane), Arc::clone(&said));
                tokio::spawn(async move {
                    turn.come().await;
                    tokio::task::yield_now().await;
                    said.lock().unwrap().push(number);
                })
            })
            .collect();
        for walker in walkers {
            walker.await.unwrap();
        }
        assert_eq!(*said.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn lanes_do_not_wait_for_each_other() {
        let lanes = Lanes::default();
        let _busy = lanes.enter(Some(fixtures::identity().instance));
        assert!(lanes.enter(None).is_first());
    }
}
