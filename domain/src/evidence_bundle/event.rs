//! What can happen to an evidence bundle.

use std::collections::BTreeMap;

use crate::event::{events, fields, words};
use crate::id::EvidenceItemId;
use crate::label::Label;

words! {
    /// What a proof came to.
    pub enum EvidenceResult {
        /// It holds.
        Pass = "pass",
        /// It does not hold.
        Fail = "fail",
        /// It could not be tried.
        Blocked = "blocked",
        /// It does not concern what the bundle is about.
        NotApplicable = "not_applicable",
        /// It does not hold, and somebody answers for that.
        Waived = "waived",
    }

    /// How long evidence is kept outside the log, which keeps it for ever.
    pub enum RetentionClass {
        /// As long as the release is in use.
        Release = "release",
        /// As long as auditors may ask.
        Audit = "audit",
        /// As long as a security control has to be shown.
        Security = "security",
        /// Until the next of its kind.
        Operational = "operational",
    }
}

fields! {
    /// It was opened.
    pub struct Created {
        /// The commit that it is about.
        pub source_commit: Label<64>,
        /// Where it was tried: `dev`, `production`.
        pub environment_profile: Label<64>,
        /// The product that it is about: `token_factory`.
        pub product_scope: Label<64>,
        /// What changed, in a line.
        pub change_summary: String,
        /// Who answers for it: a team.
        pub owner: Label<64>,
        /// How long it is kept outside the log.
        pub retention_class: RetentionClass,
    }

    /// One proof of it.
    pub struct Item {
        /// Its id.
        pub id: EvidenceItemId,
        /// Of what kind: `uat.summary`.
        pub evidence_type: Label<64>,
        /// What made it: `token-factory-uat`.
        pub producer: Label<64>,
        /// What it came to.
        pub result: EvidenceResult,
        /// Who answers for it.
        pub owner: Label<64>,
        /// How long it is kept outside the log.
        pub retention_class: RetentionClass,
        /// What the producer adds.
        #[cfg_attr(feature = "schemas", schemars(with = "BTreeMap<String, Label<128>>"))]
        pub details: BTreeMap<Label<64>, Label<128>>,
        /// Positions of the entries that show it, ascending.
        pub entries: Vec<u64>,
    }

    /// That something always holds was covered by items.
    pub struct Invariant {
        /// Which: the product's own id.
        pub invariant: Label<64>,
        /// What the items say of it together.
        pub result: EvidenceResult,
        /// The items of this bundle that cover it, in order.
        pub items: Vec<EvidenceItemId>,
    }

    /// Nothing is added any more.
    pub struct Closed {}
}

events! {
    /// What can happen to an evidence bundle.
    pub enum Event {
        /// It was opened.
        Created(Created) = "evidence_bundle.created", 1;
        /// A proof was added.
        ItemRecorded(Item) = "evidence_bundle.item_recorded", 1;
        /// The coverage of an invariant was added, or replaced.
        InvariantRecorded(Invariant) = "evidence_bundle.invariant_recorded", 1;
        /// It was closed.
        Closed(Closed) = "evidence_bundle.closed", 1;
    }
}
