//! Units in which products report usage.

use gpuaas_domain::id::UsageUnitId;
use gpuaas_domain::usage_unit::{Dimension, UsageUnit};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::status::UsageUnitStatus;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// A unit in which a product reports usage.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsageUnit)]
pub struct UsageUnitView {
    /// Its id.
    #[schema(value_type = vocabulary::UsageUnitId)]
    pub id: UsageUnitId,
    /// Unique name.
    #[schema(example = "token_output")]
    pub name: String,
    /// The product that reports in it.
    #[schema(example = "token_factory")]
    pub product_id: String,
    /// What one of it is.
    pub description: String,
    /// What it counts.
    #[schema(value_type = vocabulary::Dimension)]
    pub dimension: Dimension,
    /// Whether usage can be reported in it.
    pub status: UsageUnitStatus,
    /// When it was registered.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A new usage unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUsageUnit {
    /// Unique name.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token_output")]
    pub name: String,
    /// The product that reports in it.
    #[schema(min_length = 1, max_length = 64, format = "label", example = "token_factory")]
    pub product_id: String,
    /// What one of it is, one line.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub description: String,
    /// What it counts.
    #[schema(value_type = vocabulary::Dimension)]
    pub dimension: Dimension,
}

impl UsageUnitView {
    /// The view of a unit.
    pub fn of(resource: Resource<UsageUnit>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (details, status) = match resource.state {
            UsageUnit::Absent => return Err(Resource::<UsageUnit>::missing()),
            UsageUnit::Registered(details) => (details, UsageUnitStatus::Registered),
            UsageUnit::Retired(details) => (details, UsageUnitStatus::Retired),
        };
        Ok(Self {
            id: resource.id,
            name: details.name.to_string(),
            product_id: details.product.to_string(),
            description: details.description,
            dimension: details.dimension,
            status,
            created_at,
            updated_at,
        })
    }
}
