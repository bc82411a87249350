//! Who may see what: decided above, asked here.

use async_trait::async_trait;
use gpuaas_domain::id::OrganizationId;

use crate::event::PublicEvent;

/// What one subscriber may see, and for how long.
#[async_trait]
pub trait Scope: Send + Sync + 'static {
    /// The organization whose entries are read.
    fn organization(&self) -> OrganizationId;

    /// Whether this event of the organization is shown.
    fn sees(&self, event: &PublicEvent) -> bool;

    /// Whether whoever opened the subscription may still see all this. It is asked again
    /// and again; the subscription ends with the first `false`.
    async fn stands(&self) -> bool;
}
