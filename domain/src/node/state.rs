//! The state of a node and how events change it.

use serde::{Deserialize, Serialize};

use super::event::{BanReason, Event};
use super::inventory::{Inventory, RuntimeStatus};
use super::slots::Slots;
use crate::bounded::Text;
use crate::fixed::{PublicKey, Serial};
use crate::time::Timestamp;

/// Certificates that count at a time: the one in use, and those whose delivery was not confirmed.
const KEPT_CERTIFICATES: usize = 4;

/// A certificate that was issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its serial number.
    pub serial: Serial,
    /// Until when it counts.
    pub not_after: Timestamp,
}

/// Who the node is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// Its key.
    pub public_key: PublicKey,
    /// The latest certificates, oldest first.
    pub certificates: Vec<Certificate>,
}

impl Identity {
    /// Whether a connection with this key and certificate is the node's.
    #[must_use]
    pub fn holds(&self, public_key: PublicKey, serial: Serial, now: Timestamp) -> bool {
        let counts = |known: &Certificate| known.serial == serial && now < known.not_after;
        self.public_key == public_key && self.certificates.iter().any(counts)
    }
}

/// Whether the agent is connected.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Presence {
    /// It never was.
    #[default]
    Never,
    /// It is.
    Online {
        /// The kernel's id of this boot.
        boot_id: Text<40>,
        /// The agent's version.
        agent_version: Text<40>,
    },
    /// It was.
    Offline {
        /// When it was heard last.
        last_heard: Timestamp,
    },
}

/// What is known of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Unique name.
    pub name: Text<48>,
    /// Whether it stands for a machine that is not there.
    pub simulated: bool,
    /// What it has.
    pub inventory: Option<Inventory>,
    /// What its container engine can do.
    pub runtime: Option<RuntimeStatus>,
    /// Whether its agent is connected.
    pub presence: Presence,
    /// Who holds its slots.
    pub slots: Slots,
}

/// The state of a node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// No entry yet.
    #[default]
    Absent,
    /// It may enroll.
    Registered {
        /// What is known of it.
        details: Details,
    },
    /// Its agent is known.
    Enrolled {
        /// What is known of it.
        details: Details,
        /// Who it is.
        identity: Identity,
    },
    /// Nothing is accepted from it.
    Banned {
        /// What is known of it.
        details: Details,
        /// Who it was.
        identity: Option<Identity>,
        /// Why.
        reason: BanReason,
    },
    /// It is gone for good.
    Removed {
        /// What was known of it.
        details: Details,
    },
}

impl Node {
    /// What is known of it, whatever its state; `None` if it is absent.
    #[must_use]
    pub fn details(&self) -> Option<&Details> {
        match self {
            Self::Absent => None,
            Self::Registered { details }
            | Self::Enrolled { details, .. }
            | Self::Banned { details, .. }
            | Self::Removed { details } => Some(details),
        }
    }

    fn details_mut(&mut self) -> Option<&mut Details> {
        match self {
            Self::Absent => None,
            Self::Registered { details }
            | Self::Enrolled { details, .. }
            | Self::Banned { details, .. }
            | Self::Removed { details } => Some(details),
        }
    }

    /// Who it is; `None` before it enrolled, while it is banned, and after it was removed.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Enrolled { identity, .. } => Some(identity),
            Self::Absent | Self::Registered { .. } | Self::Banned { .. } | Self::Removed { .. } => None,
        }
    }

    pub(super) fn after(mut self, event: &Event) -> Self {
        match event {
            Event::Registered(registered) => Self::Registered {
                details: Details {
                    name: registered.name.clone(),
                    simulated: registered.simulated,
                    inventory: None,
                    runtime: None,
                    presence: Presence::Never,
                    slots: Slots::default(),
                },
            },
            Event::Enrolled(enrolled) => self.with_key(enrolled.public_key),
            Event::CertificateIssued(issued) => {
                if let Self::Enrolled { identity, .. } = &mut self {
                    let surplus = (identity.certificates.len() + 1).saturating_sub(KEPT_CERTIFICATES);
                    identity.certificates.drain(..surplus);
                    identity.certificates.push(Certificate { serial: issued.serial, not_after: issued.not_after });
                }
                self
            }
            Event::Banned(banned) => self.banned(banned.reason),
            Event::Unbanned(_) => self.unbanned(),
            Event::Removed(_) => self.removed(),
            Event::InventoryChanged(_)
            | Event::RuntimeChanged(_)
            | Event::WentOnline(_)
            | Event::WentOffline(_)
            | Event::SlotsReserved(_)
            | Event::SlotsReleased(_) => {
                if let Some(details) = self.details_mut() {
                    details.take(event);
                }
                self
            }
        }
    }

    fn with_key(self, public_key: PublicKey) -> Self {
        match self {
            Self::Registered { details } | Self::Enrolled { details, .. } => {
                Self::Enrolled { details, identity: Identity { public_key, certificates: Vec::new() } }
            }
            other @ (Self::Absent | Self::Banned { .. } | Self::Removed { .. }) => other,
        }
    }

    fn banned(self, reason: BanReason) -> Self {
        match self {
            Self::Registered { details } => Self::Banned { details, identity: None, reason },
            Self::Enrolled { details, identity } => Self::Banned { details, identity: Some(identity), reason },
            other @ (Self::Absent | Self::Banned { .. } | Self::Removed { .. }) => other,
        }
    }

    fn unbanned(self) -> Self {
        match self {
            Self::Banned { details, identity: Some(identity), .. } => Self::Enrolled { details, identity },
            Self::Banned { details, identity: None, .. } => Self::Registered { details },
            other @ (Self::Absent | Self::Registered { .. } | Self::Enrolled { .. } | Self::Removed { .. }) => other,
        }
    }

    fn removed(self) -> Self {
        match self {
            Self::Registered { details } | Self::Enrolled { details, .. } | Self::Banned { details, .. } => {
                Self::Removed { details }
            }
            other @ (Self::Absent | Self::Removed { .. }) => other,
        }
    }
}

impl Details {
    /// Takes an event that changes neither who the node is nor whether it counts.
    fn take(&mut self, event: &Event) {
        match event {
            Event::InventoryChanged(changed) => self.inventory = Some(changed.inventory.clone()),
            Event::RuntimeChanged(changed) => self.runtime = Some(changed.runtime.clone()),
            Event::WentOnline(online) => {
                self.presence =
                    Presence::Online { boot_id: online.boot_id.clone(), agent_version: online.agent_version.clone() };
            }
            Event::WentOffline(offline) => self.presence = Presence::Offline { last_heard: offline.last_heard },
            Event::SlotsReserved(reserved) => self.slots.reserve(reserved.allocation, &reserved.slots),
            Event::SlotsReleased(released) => self.slots.release(&released.slots),
            Event::Registered(_)
            | Event::Enrolled(_)
            | Event::CertificateIssued(_)
            | Event::Banned(_)
            | Event::Unbanned(_)
            | Event::Removed(_) => {}
        }
    }
}
