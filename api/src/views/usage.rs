//! Usage: what products report, and what allocations used.

use std::collections::BTreeMap;

use gpuaas_domain::id::{AllocationId, OrganizationId, ProjectId, SkuId, UsageEventId, UsageUnitId};
use gpuaas_domain::usage::Usage;
use gpuaas_domain::usage_event::UsageEvent;
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::PeriodView;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// Usage that a product reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageEvent)]
pub struct UsageEventView {
    /// Its id: the same for every report under the same key.
    #[schema(value_type = vocabulary::UsageEventId)]
    pub id: UsageEventId,
    /// What the source calls it.
    pub usage_event_id: String,
    /// What reported it.
    pub usage_source: String,
    /// In which unit.
    #[schema(value_type = vocabulary::UsageUnitId)]
    pub usage_unit_id: UsageUnitId,
    /// The product.
    pub product_id: String,
    /// Who pays.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Where it belongs.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// What was used, by kind.
    pub resource_type: String,
    /// What was used.
    pub resource_id: String,
    /// How much of the unit: a decimal.
    pub quantity: String,
    /// When its service began.
    #[schema(format = DateTime)]
    pub bill_from: String,
    /// When it ended.
    #[schema(format = DateTime)]
    pub bill_to: String,
    /// Unique for organization, unit and source.
    pub idempotency_key: String,
    /// The product's own request.
    pub request_id: Option<String>,
    /// What the product added.
    pub metadata: BTreeMap<String, String>,
    /// When it was recorded.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// Usage to be recorded.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUsageEvent {
    /// What the source calls it.
    #[schema(min_length = 1, max_length = 128, format = "label")]
    pub usage_event_id: String,
    /// What reports it.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token_factory.gateway")]
    pub usage_source: String,
    /// In which registered unit, by name.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token_output")]
    pub usage_unit: String,
    /// The product.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token_factory")]
    pub product_id: String,
    /// Who pays.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Where it belongs.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// What was used, by kind.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "model_request")]
    pub resource_type: String,
    /// What was used.
    #[schema(min_length = 1, max_length = 128, format = "label")]
    pub resource_id: String,
    /// How much of the unit: a decimal.
    #[schema(pattern = "^[0-9]{1,12}([.][0-9]{1,6})?$", example = "2048")]
    pub quantity: String,
    /// When its service began.
    #[schema(format = DateTime)]
    pub bill_from: String,
    /// When it ended.
    #[schema(format = DateTime)]
    pub bill_to: String,
    /// Unique for organization, unit and source.
    #[schema(min_length = 1, max_length = 128, format = "label")]
    pub idempotency_key: String,
    /// The product's own request.
    #[schema(min_length = 1, max_length = 128, format = "label")]
    pub request_id: Option<String>,
    /// What the product adds: at most 16 labels.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// What an allocation used, as far as it is metered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AllocationUsage)]
pub struct AllocationUsageView {
    /// Which allocation.
    #[schema(value_type = vocabulary::AllocationId)]
    pub allocation_id: AllocationId,
    /// Where it belongs.
    #[schema(value_type = vocabulary::ProjectId)]
    pub project_id: ProjectId,
    /// What was allocated.
    #[schema(value_type = vocabulary::SkuId)]
    pub sku_id: SkuId,
    /// Up to when its time is closed.
    #[schema(format = DateTime)]
    pub metered_until: String,
    /// Closed time that no node attested: shown, and not charged.
    pub unknown: Vec<PeriodView>,
}

impl UsageEventView {
    /// The view of reported usage.
    pub fn of(resource: Resource<UsageEvent>) -> Result<Self, Problem> {
        let created_at = resource.times().0;
        let UsageEvent::Recorded(recorded) = resource.state else { return Err(Resource::<UsageEvent>::missing()) };
        let metadata = recorded.metadata.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        Ok(Self {
            id: resource.id,
            usage_event_id: recorded.source_event.to_string(),
            usage_source: recorded.source.to_string(),
            usage_unit_id: recorded.unit,
            product_id: recorded.product.to_string(),
            organization_id: recorded.organization,
            project_id: recorded.project,
            resource_type: recorded.resource_type.to_string(),
            resource_id: recorded.resource.to_string(),
            quantity: recorded.quantity.to_string(),
            bill_from: moment::print(recorded.service.from),
            bill_to: moment::print(recorded.service.until),
            idempotency_key: recorded.idempotency_key.to_string(),
            request_id: recorded.request.as_ref().map(ToString::to_string),
            metadata: metadata.collect(),
            created_at,
        })
    }
}

impl AllocationUsageView {
    /// The view of an allocation's usage.
    pub fn of(resource: Resource<Usage>) -> Result<Self, Problem> {
        let Usage::Metered { subject, until, open, .. } = resource.state else {
            return Err(Resource::<Usage>::missing());
        };
        Ok(Self {
            allocation_id: subject.allocation,
            project_id: subject.project,
            sku_id: subject.sku,
            metered_until: moment::print(until),
            unknown: open.iter().flat_map(|open| open.unknown.iter()).map(|time| PeriodView::of(*time)).collect(),
        })
    }
}
