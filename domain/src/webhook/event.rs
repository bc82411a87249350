//! What can happen to a webhook.

use crate::bounded::Text;
use crate::event::{events, fields, words};
use crate::fixed::{PublicKey, SecretDigest};
use crate::id::{OrganizationId, ProjectId, WebhookKeyId};
use crate::label::Label;
use crate::time::Timestamp;

words! {
    /// How deliveries are signed, as Standard Webhooks has it.
    pub enum Algorithm {
        /// HMAC with SHA-256, under a secret that both sides know: `v1`.
        HmacSha256 = "hmac_sha256",
        /// Ed25519, under a key that only the platform knows: `v1a`.
        Ed25519 = "ed25519",
    }

    /// Why nothing is sent to a webhook.
    pub enum DisableReason {
        /// Somebody asked for it.
        Requested = "requested",
        /// It answered that it is gone for good (HTTP 410).
        Gone = "gone",
        /// Days of attempts failed.
        Failing = "failing",
    }
}

fields! {
    /// Which events are sent. Without kinds and events, all are.
    pub struct Filter {
        /// Of this project only.
        pub project: Option<ProjectId>,
        /// Of these kinds of resources.
        pub kinds: Vec<Label<64>>,
        /// Of these types.
        pub events: Vec<Label<64>>,
    }

    /// A key that signs deliveries; never the key itself.
    pub struct Key {
        /// Which.
        pub id: WebhookKeyId,
        /// How it signs.
        pub algorithm: Algorithm,
        /// The keyed digest of its secret.
        pub digest: SecretDigest,
        /// Its public half, if it has one.
        pub public_key: Option<PublicKey>,
    }

    /// Events are sent from here on, this one left out.
    pub struct Created {
        /// Whose it is.
        pub organization: OrganizationId,
        /// Where they are sent to.
        pub url: Text<2048>,
        /// What it is for.
        pub description: Option<Text<240>>,
        /// Which events.
        pub filter: Filter,
        /// What signs them.
        pub key: Key,
    }

    /// Where and which events are sent, as it is from here on.
    pub struct Updated {
        /// Where they are sent to.
        pub url: Text<2048>,
        /// What it is for.
        pub description: Option<Text<240>>,
        /// Which events.
        pub filter: Filter,
    }

    /// Another key signs from here on.
    pub struct KeyRotated {
        /// The new one.
        pub key: Key,
        /// Until when the one before signs, too.
        pub old_until: Timestamp,
    }

    /// Nothing is sent until it is enabled. What happens meanwhile is sent then.
    pub struct Disabled {
        /// Why.
        pub reason: DisableReason,
    }

    /// Events are sent again.
    pub struct Enabled {}

    /// Events are sent again from an earlier one on, or on from a later one.
    pub struct ReplayRequested {
        /// Owner sequence of the event after which to go on.
        pub after: u64,
    }

    /// An event that was given up is to be sent once more.
    pub struct RedeliveryRequested {
        /// The event's owner sequence.
        pub owner_sequence: u64,
    }

    /// Nothing is sent any more.
    pub struct Deleted {}
}

events! {
    /// What can happen to a webhook.
    pub enum Event {
        /// It was created.
        Created(Created) = "webhook.created", 1;
        /// It was changed.
        Updated(Updated) = "webhook.updated", 1;
        /// Its key was replaced.
        KeyRotated(KeyRotated) = "webhook.key_rotated", 1;
        /// It was disabled.
        Disabled(Disabled) = "webhook.disabled", 1;
        /// It was enabled.
        Enabled(Enabled) = "webhook.enabled", 1;
        /// A replay was asked for.
        ReplayRequested(ReplayRequested) = "webhook.replay_requested", 1;
        /// A redelivery was asked for.
        RedeliveryRequested(RedeliveryRequested) = "webhook.redelivery_requested", 1;
        /// It was deleted.
        Deleted(Deleted) = "webhook.deleted", 1;
    }
}
