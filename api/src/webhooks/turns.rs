//! Whose turn it is to send: so many requests are under way at a time, and of them so many
//! for one organization, so that receivers that do not answer hold up only their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use gpuaas_domain::id::OrganizationId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of a server.
pub(super) struct Turns {
    all: Arc<Semaphore>,
    each: usize,
    /// Those of the organizations that have or want one.
    organizations: Mutex<HashMap<OrganizationId, Weak<Semaphore>>>,
}

/// A turn, which ends when it is dropped.
pub(super) struct Turn {
    _own: OwnedSemaphorePermit,
    _one: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at a time, and so many of each organization.
    pub(super) fn new(all: usize, each: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(all)), each, organizations: Mutex::default() }
    }

    /// Waits for a turn of an organization. Whoever waits for one of its own keeps nobody
    /// else from one.
    pub(super) async fn take(&self, organization: OrganizationId) -> Turn {
        let own = self.of(organization).acquire_owned().await.expect("the semaphore is never closed");
        let one = self.all.clone().acquire_owned().await.expect("the semaphore is never closed");
        Turn { _own: own, _one: one }
    }

    fn of(&self, organization: OrganizationId) -> Arc<Semaphore> {
        let mut organizations = self.organizations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = organizations.get(&organization).and_then(Weak::upgrade) {
            return known;
        }
        organizations.retain(|_, turns| turns.strong_count() > 0);
        let turns = Arc::new(Semaphore::new(self.each));
        organizations.insert(organization, Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;
    use gpuaas_domain::id::TypedId as _;
    use uuid::Uuid;

    use super::*;

    fn organization(number: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(number))
    }

    #[tokio::test]
    async fn one_organization_never_has_all_turns() {
        let turns = Turns::new(3, 2);
        let (one, other) = (organization(1), organization(2));
        let first = turns.take(one).await;
        let _second = turns.take(one).await;
        assert!(turns.take(one).now_or_never().is_none(), "it has as many as it may have");
        let of_other = turns.take(other).now_or_never().expect("another one still has its turn");
        assert!(turns.take(other).now_or_never().is_none(), "there are no more at all");
        drop(of_other);
        drop(first);
        let again = turns.take(one).now_or_never();
        assert!(again.is_some(), "a turn that ended is another's");
    }

    #[tokio::test]
    async fn nothing_is_kept_of_an_organization_that_sends_nothing() {
        let turns = Turns::new(3, 2);
        for number in 0..10 {
            drop(turns.take(organization(number)).await);
        }
        assert_eq!(turns.organizations.lock().unwrap().len(), 1);
    }
}
