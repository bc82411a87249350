//! SKUs and what they cost.

use gpuaas_domain::id::{PriceBookId, SkuId};
use gpuaas_domain::sku::Sku;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::ShapeView;
pub use super::status::SkuStatus;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// What can be allocated.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sku)]
pub struct SkuView {
    /// Its id.
    #[schema(value_type = vocabulary::SkuId)]
    pub id: SkuId,
    /// Unique name for URLs.
    pub name: String,
    /// Name for people.
    pub display_name: String,
    /// What an allocation of it has.
    pub shape: ShapeView,
    /// Whether it can be allocated.
    pub status: SkuStatus,
    /// What an hour of it costs now; null where no price book says so.
    pub price: Option<HourlyPrice>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// What an hour costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct HourlyPrice {
    /// By which price book.
    #[schema(value_type = vocabulary::PriceBookId)]
    pub price_book_id: PriceBookId,
    /// In which money, by ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
    /// How much: a decimal.
    #[schema(pattern = "^[0-9]+([.][0-9]+)?$", example = "2.5")]
    pub per_hour: String,
}

/// A new SKU.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSku {
    /// Unique name for URLs: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    pub name: String,
    /// Name for people, one line.
    #[schema(min_length = 1, max_length = 120, format = "line")]
    pub display_name: String,
    /// What an allocation of it has. It never changes.
    pub shape: ShapeView,
}

impl SkuView {
    /// The view of a SKU at a price.
    pub fn of(resource: Resource<Sku>, price: Option<HourlyPrice>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let (details, status) = match &resource.state {
            Sku::Absent => return Err(Resource::<Sku>::missing()),
            Sku::Active(details) => (details, SkuStatus::Active),
            Sku::Retired(details) => (details, SkuStatus::Retired),
        };
        Ok(Self {
            id: resource.id,
            name: details.name.clone(),
            display_name: details.display_name.clone(),
            shape: (&details.shape).into(),
            status,
            price,
            created_at,
            updated_at,
        })
    }
}
