//! What a webhook sees: what an auditor of its organization may see, for as long as nothing
//! about the webhook changes.

use async_trait::async_trait;
use gpuaas_domain::id::{OrganizationId, WebhookId};
use gpuaas_domain::webhook::Webhook;
use gpuaas_relay::{PublicEvent, Scope};

use crate::app::Shared;

/// A webhook at one version.
pub(super) struct Watched {
    pub(super) app: Shared,
    pub(super) webhook: WebhookId,
    pub(super) organization: OrganizationId,
    pub(super) version: u64,
}

impl Watched {
    /// Whether the webhook is still as it was, as far as can be said.
    pub(super) async fn is_unchanged(&self) -> bool {
        let state = self.app.engine.state::<Webhook>(self.webhook).await;
        state.is_ok_and(|(_, version)| version == self.version)
    }
}

#[async_trait]
impl Scope for Watched {
    fn organization(&self) -> OrganizationId {
        self.organization
    }

    fn sees(&self, _: &PublicEvent) -> bool {
        // Its filter is the sender's, whose place moves past what is left out.
        true
    }

    async fn stands(&self) -> bool {
        self.is_unchanged().await
    }
}
