//! What can happen to the usage of an allocation.

use crate::event::{events, fields};
use crate::id::{AllocationId, OrganizationId, ProjectId, SkuId};
use crate::interval::Interval;

fields! {
    /// Whose usage it is, of what, and how much of it.
    pub struct Subject {
        /// The allocation.
        pub allocation: AllocationId,
        /// Who pays.
        pub organization: OrganizationId,
        /// Where it belongs.
        pub project: ProjectId,
        /// What was allocated.
        pub sku: SkuId,
        /// How many of it.
        pub units: u16,
    }

    /// A period is closed.
    pub struct Metered {
        /// Whose usage, of what, how much.
        pub subject: Subject,
        /// The service period. What is neither attested nor unknown in it was not active.
        pub period: Interval,
        /// Active and attested: charged. In order.
        pub attested: Vec<Interval>,
        /// Active and not attested: not charged. In order.
        pub unknown: Vec<Interval>,
        /// Version of the allocation's attestations it was computed from.
        pub attestations: u64,
    }

    /// More of a closed period is attested than was known.
    pub struct Corrected {
        /// Whose usage, of what, how much.
        pub subject: Subject,
        /// The service period, which it keeps.
        pub period: Interval,
        /// Version of the `usage.metered` in this stream that it corrects.
        pub corrects: u64,
        /// Unknown before, attested now: charged. In order.
        pub attested: Vec<Interval>,
        /// Version of the allocation's attestations it was computed from.
        pub attestations: u64,
    }
}

events! {
    /// What can happen to the usage of an allocation.
    pub enum Event {
        /// A period was closed.
        Metered(Metered) = "usage.metered", 1;
        /// A closed period was corrected.
        Corrected(Corrected) = "usage.corrected", 1;
    }
}
