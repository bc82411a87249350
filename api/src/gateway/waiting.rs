//! What a node was asked for and has not brought yet.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use gpuaas_domain::id::NodeId;
use tokio::sync::oneshot;

/// Requests that wait, by their ids.
pub(crate) struct Waiting<K, T> {
    requests: Mutex<HashMap<K, (NodeId, oneshot::Sender<T>)>>,
}

/// One request that waits, for as long as this is there.
pub(crate) struct Ticket<'w, K: Copy + Eq + Hash, T> {
    waiting: &'w Waiting<K, T>,
    id: K,
    answer: oneshot::Receiver<T>,
}

impl<K, T> Default for Waiting<K, T> {
    fn default() -> Self {
        Self { requests: Mutex::default() }
    }
}

impl<K: Copy + Eq + Hash, T> Waiting<K, T> {
    /// Waits for what a node is going to bring under this id.
    pub(crate) fn begin(&self, id: K, node: NodeId) -> Ticket<'_, K, T> {
        let (sender, answer) = oneshot::channel();
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (node, sender));
        Ticket { waiting: self, id, answer }
    }

    /// Who waits for this, if it was asked of this node.
    pub(crate) fn claim(&self, id: K, node: NodeId) -> Option<oneshot::Sender<T>> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = requests.get(&id).is_some_and(|(asked, _)| *asked == node);
        if asked { requests.remove(&id).map(|(_, sender)| sender) } else { None }
    }
}

impl<K: Copy + Eq + Hash, T> Ticket<'_, K, T> {
    /// What was brought; `None` if whoever brought it broke off.
    pub(crate) async fn brought(mut self) -> Option<T> {
        (&mut self.answer).await.ok()
    }
}

impl<K: Copy + Eq + Hash, T> Drop for Ticket<'_, K, T> {
    fn drop(&mut self) {
        self.waiting.requests.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use gpuaas_domain::id::TypedId as _;
    use uuid::Uuid;

    use super::*;

    fn node(number: u128) -> NodeId {
        NodeId::from_uuid(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn only_the_node_that_was_asked_answers_and_only_once() {
        let waiting = Waiting::default();
        let ticket = waiting.begin(1, node(1));
        assert!(waiting.claim(1, node(2)).is_none());
        assert!(waiting.claim(2, node(1)).is_none());
        waiting.claim(1, node(1)).unwrap().send("lines").unwrap();
        assert!(waiting.claim(1, node(1)).is_none());
        assert_eq!(ticket.brought().await, Some("lines"));
    }

    #[test]
    fn who_waits_no_more_is_not_answered() {
        let waiting: Waiting<i32, ()> = Waiting::default();
        drop(waiting.begin(1, node(1)));
        assert!(waiting.claim(1, node(1)).is_none());
    }
}
