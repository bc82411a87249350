//! What usage costs: a pure function of usage and the prices in force.
//!
//! An entry of usage has parts: attested time, unknown time, a reported quantity
//! ([`part`]). Attested time is split where the price changes; a reported quantity has the
//! price of the moment its service began. Each piece is a [`Charge`]: an exact measure at
//! one price. Charges at the same price add up exactly, whichever way the time was cut;
//! only an amount is rounded, once, where it is posted or billed.

mod charge;
mod part;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use crate::id::{AllocationId, OrganizationId, ProjectId};
use crate::interval::Interval;
use crate::label::Label;
use crate::money::Currency;
use crate::price_book::{Details, Item, PriceInForce, Prices};
use crate::time::Timestamp;
use crate::usage::{Corrected, Metered};
use crate::usage_event::Recorded;

pub use charge::{Basis, Charge, amount, total};

/// An entry of usage.
#[derive(Debug, Clone, PartialEq)]
pub enum Usage {
    /// A closed period of an allocation.
    Metered(Metered),
    /// A correction of one.
    Corrected(Corrected),
    /// What a product reported.
    Reported(Recorded),
}

/// What was used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resource {
    /// An allocation.
    Allocation(AllocationId),
    /// A product.
    Product(Label<64>),
}

impl Usage {
    /// Who pays.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        match self {
            Self::Metered(metered) => metered.subject.organization,
            Self::Corrected(corrected) => corrected.subject.organization,
            Self::Reported(recorded) => recorded.organization,
        }
    }

    /// Where it belongs.
    #[must_use]
    pub fn project(&self) -> ProjectId {
        match self {
            Self::Metered(metered) => metered.subject.project,
            Self::Corrected(corrected) => corrected.subject.project,
            Self::Reported(recorded) => recorded.project,
        }
    }

    /// What was used.
    #[must_use]
    pub fn resource(&self) -> Resource {
        match self {
            Self::Metered(metered) => Resource::Allocation(metered.subject.allocation),
            Self::Corrected(corrected) => Resource::Allocation(corrected.subject.allocation),
            Self::Reported(recorded) => Resource::Product(recorded.product.clone()),
        }
    }

    /// What it is priced as.
    #[must_use]
    pub fn item(&self) -> Item {
        match self {
            Self::Metered(metered) => Item::Sku(metered.subject.sku),
            Self::Corrected(corrected) => Item::Sku(corrected.subject.sku),
            Self::Reported(recorded) => Item::Unit(recorded.unit),
        }
    }

    /// The service period.
    #[must_use]
    pub fn service(&self) -> Interval {
        match self {
            Self::Metered(metered) => metered.period,
            Self::Corrected(corrected) => corrected.period,
            Self::Reported(recorded) => recorded.service,
        }
    }

    /// What it costs within a window, piece by piece in order of time.
    #[must_use]
    pub fn charges(&self, prices: Prices<'_>, window: Interval) -> Vec<Charge> {
        part::parts(self).into_iter().flat_map(|part| charge::charges(part, prices, window)).collect()
    }
}

/// The prices of a book that usage needs, by item and time.
#[must_use]
pub fn prices_for<'u>(
    usage: impl IntoIterator<Item = &'u Usage>,
    book: &Details,
    money: Currency,
) -> Vec<PriceInForce> {
    let mut hulls: BTreeMap<Item, Interval> = BTreeMap::new();
    for usage in usage {
        let service = usage.service();
        // Of a quantity, only the moment counts at which its service began.
        let moment = Timestamp(service.from.0.saturating_add(1));
        let needed = Interval::new(service.from, service.until.max(moment));
        hulls.entry(usage.item()).and_modify(|hull| *hull = hull.hull(needed)).or_insert(needed);
    }
    hulls.into_iter().flat_map(|(item, hull)| book.in_force(item, money, hull)).collect()
}
