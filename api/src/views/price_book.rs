//! Price books and the prices in them.

use gpuaas_domain::Code;
use gpuaas_domain::id::{PriceBookId, SkuId, UsageUnitId};
use gpuaas_domain::money::Currency;
use gpuaas_domain::price_book::{Item, PriceBook, PriceSet};
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;
use crate::http::{Problem, json};
use crate::resource::Resource;

/// What things cost, and since when.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceBook)]
pub struct PriceBookView {
    /// Its id.
    #[schema(value_type = vocabulary::PriceBookId)]
    pub id: PriceBookId,
    /// Unique name; `standard` is the one for every organization that has no other.
    pub name: String,
    /// The currency in which accounts are opened, by ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: String,
    /// Every price, by item, currency and time. Each holds until the next begins.
    pub prices: Vec<PriceView>,
    /// When it was created.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A price.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Price)]
pub struct PriceView {
    /// Of what.
    pub item: ItemView,
    /// In which money, by ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// What an hour of the SKU or one of the unit costs: a decimal.
    #[schema(pattern = "^[0-9]+([.][0-9]+)?$")]
    pub price: String,
    /// Since when.
    #[schema(format = DateTime)]
    pub effective_from: String,
}

/// What has a price: exactly one of the two.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PricedItem, min_properties = 1, max_properties = 1)]
pub struct ItemView {
    /// What can be allocated, priced by the hour.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[schema(value_type = Option<vocabulary::SkuId>, nullable = false)]
    pub sku_id: Option<SkuId>,
    /// What a product measures, priced by the unit.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "json::present")]
    #[schema(value_type = Option<vocabulary::UsageUnitId>, nullable = false)]
    pub usage_unit_id: Option<UsageUnitId>,
}

/// A new price book.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPriceBook {
    /// Unique name: lowercase letters, digits and single hyphens.
    #[schema(min_length = 1, max_length = 48, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", example = "standard")]
    pub name: String,
    /// The currency in which accounts are opened, by ISO 4217.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$", example = "EUR")]
    pub currency: Currency,
}

/// A new price.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrice {
    /// Of what.
    pub item: ItemView,
    /// In which money, by ISO 4217; left out: the book's.
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$")]
    pub currency: Option<Currency>,
    /// What an hour of the SKU or one of the unit costs: a decimal.
    #[schema(pattern = "^[0-9]{1,9}([.][0-9]{1,9})?$", example = "2.5")]
    pub price: String,
    /// Since when; left out: now.
    #[schema(format = DateTime)]
    pub effective_from: Option<String>,
}

/// A price that is taken back before it holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PriceWithdrawal {
    /// Of what.
    pub item: ItemView,
    /// In which money, by ISO 4217; left out: the book's.
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$")]
    pub currency: Option<Currency>,
    /// Since when it would have held.
    #[schema(format = DateTime)]
    pub effective_from: String,
}

impl From<Item> for ItemView {
    fn from(item: Item) -> Self {
        match item {
            Item::Sku(id) => Self { sku_id: Some(id), usage_unit_id: None },
            Item::Unit(id) => Self { sku_id: None, usage_unit_id: Some(id) },
        }
    }
}

impl TryFrom<ItemView> for Item {
    type Error = Problem;

    fn try_from(view: ItemView) -> Result<Self, Problem> {
        match (view.sku_id, view.usage_unit_id) {
            (Some(sku), None) => Ok(Self::Sku(sku)),
            (None, Some(unit)) => Ok(Self::Unit(unit)),
            (Some(_), Some(_)) | (None, None) => {
                Err(Problem::at(Code::InvalidField, "item", "give either sku_id or usage_unit_id"))
            }
        }
    }
}

impl From<&PriceSet> for PriceView {
    fn from(set: &PriceSet) -> Self {
        Self {
            item: set.item.into(),
            currency: set.currency.to_string(),
            price: set.price.to_string(),
            effective_from: moment::print(set.effective_from),
        }
    }
}

impl PriceBookView {
    /// The view of a price book.
    pub fn of(resource: Resource<PriceBook>) -> Result<Self, Problem> {
        let (created_at, updated_at) = resource.times();
        let PriceBook::Active(details) = resource.state else { return Err(Resource::<PriceBook>::missing()) };
        let prices = details.prices.iter().map(PriceView::from).collect();
        let (name, currency) = (details.name, details.currency.to_string());
        Ok(Self { id: resource.id, name, currency, prices, created_at, updated_at })
    }
}
