//! Commands on usage: what allocations used, and what products report.

use std::collections::BTreeMap;

use async_trait::async_trait;
use gpuaas_domain::allocation::Allocation;
use gpuaas_domain::id::{AllocationId, OrganizationId, ProjectId, TypedId, UsageEventId, UsageUnitId};
use gpuaas_domain::interval::{Interval, IntervalSet};
use gpuaas_domain::money::Quantity;
use gpuaas_domain::project::Project;
use gpuaas_domain::usage::{self, Meter, Subject, Usage};
use gpuaas_domain::usage_event::{self, Recorded, UsageEvent};
use gpuaas_domain::usage_unit::{self, UsageUnit};
use gpuaas_domain::{Code, Timestamp};
use gpuaas_log::append::StreamId;

use super::{label, labels};
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Closes the time of an allocation up to a moment, and corrects what is closed already.
#[derive(Debug, Clone)]
pub struct MeterAllocation {
    /// Which.
    pub id: AllocationId,
    /// When its node attested that something ran on it.
    pub attested: IntervalSet,
    /// Version of the allocation's attestations of which this holds.
    pub attestations: u64,
    /// Up to when.
    pub until: Timestamp,
}

#[async_trait]
impl Command for MeterAllocation {
    const NAME: &'static str = "usage.meter";
    type Aggregate = Usage;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("usage", self.id.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<AllocationId, Refusal> {
        unit.authorize(Action::MeterUsage, Scope::Platform).await?;
        let allocation = unit.load::<Allocation>(self.id).await?;
        let Some(requested) = allocation.requested() else { return Err(Refusal::not_found("allocation")) };
        let (organization, project, sku) = (requested.organization, requested.project, requested.sku);
        let meter = Meter {
            subject: Subject { allocation: self.id, organization, project, sku, units: 1 },
            active: active(&allocation, self.until),
            attested: self.attested.clone(),
            attestations: self.attestations,
            until: self.until,
        };
        // Once an end is known, time after it must not be closed on an older state.
        unit.depend_on::<Allocation>(self.id).await?;
        unit.decide::<Usage>(self.id, Some(organization), usage::Command::Meter(meter)).await?;
        Ok(self.id)
    }
}

/// When an allocation had slots, up to a moment.
pub(crate) fn active(allocation: &Allocation, until: Timestamp) -> IntervalSet {
    let end = match allocation {
        Allocation::Released { at, .. } => *at,
        Allocation::Active(_) | Allocation::Releasing(_) => until,
        Allocation::Absent | Allocation::Requested(_) | Allocation::Failed { .. } => return IntervalSet::default(),
    };
    allocation.placed().map(|placed| IntervalSet::from(Interval::new(placed.at, end.min(until)))).unwrap_or_default()
}

/// Records what a product reports. The fields are named as products know them.
#[derive(Debug, Clone)]
pub struct RecordUsage {
    /// What the source calls the report.
    pub usage_event_id: String,
    /// What reports it: `token_factory.gateway`.
    pub usage_source: String,
    /// Name of the registered unit: `token_output`.
    pub usage_unit: String,
    /// The product: `token_factory`.
    pub product_id: String,
    /// Who pays.
    pub organization: OrganizationId,
    /// Where it belongs.
    pub project: ProjectId,
    /// What was used, by kind.
    pub resource_type: String,
    /// What was used.
    pub resource_id: String,
    /// How much of the unit: a decimal.
    pub quantity: String,
    /// When its service began.
    pub bill_from: Timestamp,
    /// When it ended.
    pub bill_to: Timestamp,
    /// Unique for organization, unit and source.
    pub idempotency_key: String,
    /// The product's own request.
    pub request_id: Option<String>,
    /// What the product adds.
    pub metadata: BTreeMap<String, String>,
}

#[async_trait]
impl Command for RecordUsage {
    const NAME: &'static str = "usage_event.record";
    type Aggregate = UsageEvent;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<UsageEventId, Refusal> {
        unit.authorize(Action::RecordUsage, Scope::Platform).await?;
        let usage_unit = self.registered_unit(unit).await?;
        self.require_project(unit).await?;
        let recorded = self.recorded(usage_unit)?;
        let id = usage_event_id(self.organization, usage_unit, &self.usage_source, &self.idempotency_key);
        let record = usage_event::Command::Record { recorded, now: unit.now() };
        unit.decide::<UsageEvent>(id, Some(self.organization), record).await?;
        Ok(id)
    }
}

impl RecordUsage {
    /// The unit of this name, which is the product's and stays registered until the append.
    async fn registered_unit(&self, unit: &mut Unit<'_>) -> Result<UsageUnitId, Refusal> {
        let holder = unit.holder(None, usage_unit::NAME_CLAIM, &self.usage_unit).await?;
        let id = UsageUnitId::from_uuid(holder.ok_or(usage_unit::Rejection::Unknown)?);
        let usage_unit = unit.load::<UsageUnit>(id).await?;
        if *usage_unit.require_registered()?.product != *self.product_id {
            let message = "this usage unit is another product's; report in one that is registered for yours";
            return Err(Refusal::new(Code::UsageUnitOfAnotherProduct, message));
        }
        unit.depend_on::<UsageUnit>(id).await?;
        Ok(id)
    }

    async fn require_project(&self, unit: &mut Unit<'_>) -> Result<(), Refusal> {
        let project = unit.load::<Project>(self.project).await?;
        // What was used before a project was archived may be reported after it.
        match project.details() {
            Some(details) if details.organization == self.organization => Ok(()),
            Some(_) | None => Err(Refusal::not_found("project")),
        }
    }

    fn recorded(&self, usage_unit: UsageUnitId) -> Result<Recorded, Refusal> {
        let quantity: Quantity =
            self.quantity.parse().map_err(|error| Refusal::invalid_field("quantity", format!("{error}")))?;
        Ok(Recorded {
            organization: self.organization,
            project: self.project,
            unit: usage_unit,
            product: label("product_id", &self.product_id)?,
            source: label("usage_source", &self.usage_source)?,
            source_event: label("usage_event_id", &self.usage_event_id)?,
            resource_type: label("resource_type", &self.resource_type)?,
            resource: label("resource_id", &self.resource_id)?,
            quantity,
            service: Interval::new(self.bill_from, self.bill_to),
            idempotency_key: label("idempotency_key", &self.idempotency_key)?,
            request: self.request_id.as_ref().map(|request| label("request_id", request)).transpose()?,
            metadata: labels("metadata", &self.metadata)?,
        })
    }
}

/// The id of reported usage: the same for every report under the same key.
#[must_use]
pub fn usage_event_id(organization: OrganizationId, unit: UsageUnitId, source: &str, key: &str) -> UsageEventId {
    let mut hasher = blake3::Hasher::new_derive_key("gpuaas 2026-11 usage event v1");
    hasher.update(organization.uuid().as_bytes()).update(unit.uuid().as_bytes());
    hasher.update(&(source.len() as u64).to_be_bytes()).update(source.as_bytes()).update(key.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    UsageEventId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
