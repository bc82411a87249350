//! Commands on bundles of evidence.

use std::collections::BTreeMap;

use async_trait::async_trait;
use gpuaas_domain::evidence_bundle::{self, Created, EvidenceBundle, EvidenceResult, Invariant, Item, RetentionClass};
use gpuaas_domain::id::{EvidenceBundleId, EvidenceItemId, TypedId};
use gpuaas_log::append::StreamId;

use super::{label, labels};
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

fn stream(id: EvidenceBundleId) -> Vec<StreamId> {
    vec![StreamId::new("evidence_bundle", id.uuid())]
}

/// Opens a bundle.
#[derive(Debug, Clone)]
pub struct CreateEvidenceBundle {
    /// The commit that it is about.
    pub source_commit: String,
    /// Where it was tried.
    pub environment_profile: String,
    /// The product that it is about.
    pub product_scope: String,
    /// What changed, in a line.
    pub change_summary: String,
    /// Who answers for it.
    pub owner: String,
    /// How long it is kept outside the log.
    pub retention_class: RetentionClass,
}

#[async_trait]
impl Command for CreateEvidenceBundle {
    const NAME: &'static str = "evidence_bundle.create";
    type Aggregate = EvidenceBundle;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EvidenceBundleId, Refusal> {
        unit.authorize(Action::CreateEvidenceBundle, Scope::Platform).await?;
        let created = Created {
            source_commit: label("source_commit", &self.source_commit)?,
            environment_profile: label("environment_profile", &self.environment_profile)?,
            product_scope: label("product_scope", &self.product_scope)?,
            change_summary: self.change_summary.clone(),
            owner: label("owner", &self.owner)?,
            retention_class: self.retention_class,
        };
        let id: EvidenceBundleId = unit.new_id();
        unit.decide::<EvidenceBundle>(id, None, evidence_bundle::Command::Create(created)).await?;
        Ok(id)
    }
}

/// Adds a proof to a bundle.
#[derive(Debug, Clone)]
pub struct RecordEvidenceItem {
    /// The bundle.
    pub bundle: EvidenceBundleId,
    /// Of what kind.
    pub evidence_type: String,
    /// What made it.
    pub producer: String,
    /// What it came to.
    pub result: EvidenceResult,
    /// Who answers for it.
    pub owner: String,
    /// How long it is kept outside the log.
    pub retention_class: RetentionClass,
    /// What the producer adds.
    pub details: BTreeMap<String, String>,
    /// Positions of the entries that show it, ascending.
    pub entries: Vec<u64>,
}

#[async_trait]
impl Command for RecordEvidenceItem {
    const NAME: &'static str = "evidence_bundle.record_item";
    type Aggregate = EvidenceBundle;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.bundle)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EvidenceBundleId, Refusal> {
        unit.authorize(Action::RecordEvidenceItem, Scope::Platform).await?;
        let item = Item {
            id: unit.new_id(),
            evidence_type: label("evidence_type", &self.evidence_type)?,
            producer: label("producer", &self.producer)?,
            result: self.result,
            owner: label("owner", &self.owner)?,
            retention_class: self.retention_class,
            details: labels("details", &self.details)?,
            entries: self.entries.clone(),
        };
        let record = evidence_bundle::Command::RecordItem { item, head: unit.head() };
        unit.decide::<EvidenceBundle>(self.bundle, None, record).await?;
        Ok(self.bundle)
    }
}

/// Adds what items of a bundle say of an invariant.
#[derive(Debug, Clone)]
pub struct RecordEvidenceInvariant {
    /// The bundle.
    pub bundle: EvidenceBundleId,
    /// Which invariant: the product's own id.
    pub invariant: String,
    /// What the items say of it together.
    pub result: EvidenceResult,
    /// The items that cover it.
    pub items: Vec<EvidenceItemId>,
}

#[async_trait]
impl Command for RecordEvidenceInvariant {
    const NAME: &'static str = "evidence_bundle.record_invariant";
    type Aggregate = EvidenceBundle;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.bundle)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EvidenceBundleId, Refusal> {
        unit.authorize(Action::RecordEvidenceInvariant, Scope::Platform).await?;
        let invariant = label("invariant", &self.invariant)?;
        let invariant = Invariant { invariant, result: self.result, items: self.items.clone() };
        unit.decide::<EvidenceBundle>(self.bundle, None, evidence_bundle::Command::RecordInvariant(invariant)).await?;
        Ok(self.bundle)
    }
}

/// Takes nothing more into a bundle.
#[derive(Debug, Clone)]
pub struct CloseEvidenceBundle {
    /// Which.
    pub bundle: EvidenceBundleId,
}

#[async_trait]
impl Command for CloseEvidenceBundle {
    const NAME: &'static str = "evidence_bundle.close";
    type Aggregate = EvidenceBundle;

    fn serialize_on(&self) -> Vec<StreamId> {
        stream(self.bundle)
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<EvidenceBundleId, Refusal> {
        unit.authorize(Action::CloseEvidenceBundle, Scope::Platform).await?;
        unit.decide::<EvidenceBundle>(self.bundle, None, evidence_bundle::Command::Close).await?;
        Ok(self.bundle)
    }
}
