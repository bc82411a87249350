//! Bundles of evidence: what shows that releases, flows and controls hold.

use std::collections::BTreeMap;

use gpuaas_domain::evidence_bundle::{EvidenceBundle, EvidenceResult, Invariant, Item, RetentionClass};
use gpuaas_domain::id::{EvidenceBundleId, EvidenceItemId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::status::EvidenceBundleStatus;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A bundle of evidence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceBundle)]
pub struct EvidenceBundleView {
    /// Its id.
    #[schema(value_type = vocabulary::EvidenceBundleId)]
    pub id: EvidenceBundleId,
    /// The commit that it is about.
    #[schema(example = "abc123")]
    pub source_commit: String,
    /// Where it was tried.
    #[schema(example = "dev")]
    pub environment_profile: String,
    /// The product that it is about.
    #[schema(example = "token_factory")]
    pub product_scope: String,
    /// What changed, in a line.
    pub change_summary: String,
    /// Who answers for it.
    pub owner: String,
    /// How long it is kept outside the log.
    #[schema(value_type = vocabulary::RetentionClass)]
    pub retention_class: RetentionClass,
    /// Whether it takes more.
    pub status: EvidenceBundleStatus,
    /// Its proofs, in order.
    pub items: Vec<EvidenceItemView>,
    /// What is said of each invariant, by its name.
    pub invariants: Vec<EvidenceInvariantView>,
    /// When it was opened.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A proof in a bundle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceItem)]
pub struct EvidenceItemView {
    /// Its id.
    #[schema(value_type = vocabulary::EvidenceItemId)]
    pub id: EvidenceItemId,
    /// Of what kind.
    #[schema(example = "uat.summary")]
    pub evidence_type: String,
    /// What made it.
    #[schema(example = "token-factory-uat")]
    pub producer: String,
    /// What it came to.
    #[schema(value_type = vocabulary::EvidenceResult)]
    pub result: EvidenceResult,
    /// Who answers for it.
    pub owner: String,
    /// How long it is kept outside the log.
    #[schema(value_type = vocabulary::RetentionClass)]
    pub retention_class: RetentionClass,
    /// What the producer adds.
    pub details: BTreeMap<String, String>,
    /// Positions of the entries that show it.
    pub entries: Vec<u64>,
}

/// What items say of an invariant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceInvariant)]
pub struct EvidenceInvariantView {
    /// Which.
    #[schema(example = "TF-BILLING-001")]
    pub invariant: String,
    /// What the items say of it together.
    #[schema(value_type = vocabulary::EvidenceResult)]
    pub result: EvidenceResult,
    /// The items that cover it.
    #[schema(value_type = Vec<vocabulary::EvidenceItemId>)]
    pub items: Vec<EvidenceItemId>,
}

/// A new bundle of evidence.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidenceBundle {
    /// The commit that it is about.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "abc123")]
    pub source_commit: String,
    /// Where it was tried.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "dev")]
    pub environment_profile: String,
    /// The product that it is about.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token_factory")]
    pub product_scope: String,
    /// What changed, in a line.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub change_summary: String,
    /// Who answers for it: a team.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token-factory")]
    pub owner: String,
    /// How long it is kept outside the log.
    #[schema(value_type = vocabulary::RetentionClass)]
    pub retention_class: RetentionClass,
}

/// A new proof.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidenceItem {
    /// Of what kind.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "uat.summary")]
    pub evidence_type: String,
    /// What made it.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token-factory-uat")]
    pub producer: String,
    /// What it came to.
    #[schema(value_type = vocabulary::EvidenceResult)]
    pub result: EvidenceResult,
    /// Who answers for it: a team.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token-factory")]
    pub owner: String,
    /// How long it is kept outside the log.
    #[schema(value_type = vocabulary::RetentionClass)]
    pub retention_class: RetentionClass,
    /// What the producer adds: labels, each with a label.
    #[serde(default)]
    #[schema(nullable = false)]
    pub details: Option<BTreeMap<String, String>>,
    /// Positions of the log's entries that show it, ascending.
    #[serde(default)]
    #[schema(nullable = false, max_items = 100)]
    pub entries: Option<Vec<u64>>,
}

/// What items of a bundle say of an invariant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvidenceInvariant {
    /// Which: the product's own id.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "TF-BILLING-001")]
    pub invariant: String,
    /// What the items say of it together.
    #[schema(value_type = vocabulary::EvidenceResult)]
    pub result: EvidenceResult,
    /// The items of the bundle that cover it.
    #[schema(value_type = Vec<vocabulary::EvidenceItemId>, min_items = 1, max_items = 500)]
    pub items: Vec<EvidenceItemId>,
}

impl EvidenceBundleView {
    /// The view of a bundle.
    pub fn of(resource: Resource<EvidenceBundle>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (contents, status) = match resource.state {
            EvidenceBundle::Absent => return Err(Resource::<EvidenceBundle>::missing()),
            EvidenceBundle::Open(contents) => (contents, EvidenceBundleStatus::Open),
            EvidenceBundle::Closed(contents) => (contents, EvidenceBundleStatus::Closed),
        };
        let created = contents.created;
        Ok(Self {
            id: resource.id,
            source_commit: created.source_commit.to_string(),
            environment_profile: created.environment_profile.to_string(),
            product_scope: created.product_scope.to_string(),
            change_summary: created.change_summary,
            owner: created.owner.to_string(),
            retention_class: created.retention_class,
            status,
            items: contents.items.into_iter().map(EvidenceItemView::from).collect(),
            invariants: contents.invariants.into_values().map(EvidenceInvariantView::from).collect(),
            created_at,
            updated_at,
        })
    }
}

impl From<Item> for EvidenceItemView {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            evidence_type: item.evidence_type.to_string(),
            producer: item.producer.to_string(),
            result: item.result,
            owner: item.owner.to_string(),
            retention_class: item.retention_class,
            details: item.details.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect(),
            entries: item.entries,
        }
    }
}

impl From<Invariant> for EvidenceInvariantView {
    fn from(Invariant { invariant, result, items }: Invariant) -> Self {
        Self { invariant: invariant.to_string(), result, items }
    }
}
