//! A webhook: a place of an organization that its events are sent to.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `webhook.created` | Active |
//! | Active, Disabled | Update | `webhook.updated`, or none | the same |
//! | Active, Disabled | RotateKey | `webhook.key_rotated` | the same |
//! | Active, Disabled | Replay | `webhook.replay_requested` | the same |
//! | Active, Disabled | Redeliver | `webhook.redelivery_requested` | the same |
//! | Active | Disable | `webhook.disabled` | Disabled |
//! | Disabled | Disable | none | Disabled |
//! | Disabled | Enable | `webhook.enabled` | Active |
//! | Active | Enable | none | Active |
//! | Active, Disabled | Delete | `webhook.deleted` | Deleted |
//! | Deleted | Delete | none | Deleted |
//!
//! The log holds a keyed digest of each key that signs deliveries, and the public half of
//! one that has one; never the key. How far a webhook has come is not here: the events are
//! in the log, and the place is a consumer's.

mod event;
mod filter;
mod state;
#[cfg(test)]
mod tests;

pub use event::{
    Algorithm, Created, Deleted, DisableReason, Disabled, Enabled, Event, Filter, Key, KeyRotated, RedeliveryRequested,
    ReplayRequested, Updated,
};
pub use filter::FilterError;
pub use state::{Command, Details, PreviousKey, Rejection, Webhook};
