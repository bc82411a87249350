//! What has a price.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{SkuId, UsageUnitId};

/// What has a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum Item {
    /// What can be allocated: priced per hour of one.
    Sku(SkuId),
    /// What a product measures: priced per one.
    Unit(UsageUnitId),
}

impl Item {
    /// How many of what is measured the price is for: microseconds of an hour, or millionths
    /// of a unit.
    #[must_use]
    pub fn per(self) -> i128 {
        match self {
            Self::Sku(_) => 3_600_000_000,
            Self::Unit(_) => 1_000_000,
        }
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sku(sku) => sku.fmt(f),
            Self::Unit(unit) => unit.fmt(f),
        }
    }
}
