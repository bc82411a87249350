//! Exact measures at a price.

use super::part::Part;
use crate::event::words;
use crate::interval::Interval;
use crate::money::{Amount, Price, TooLarge};
use crate::price_book::{Item, Prices};

words! {
    /// Why something is charged, or is not.
    pub enum Basis {
        /// A node attested it: charged.
        Attested = "attested",
        /// A product reported it: charged.
        Reported = "reported",
        /// Nobody attested it: not charged.
        Unknown = "unknown",
        /// It had no price: not charged.
        Unpriced = "unpriced",
    }
}

/// A measure at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// What it is a measure of.
    pub item: Item,
    /// Why it is charged, or is not.
    pub basis: Basis,
    /// The price; `None` where it is not charged.
    pub price: Option<Price>,
    /// When the service was.
    pub service: Interval,
    /// Microseconds times units, or millionths of a unit. Below zero where unknown time is
    /// taken back.
    pub measure: i128,
}

/// The charges of a part within a window. A quantity lies in the window if the moment does
/// at which its service began; it is never divided.
pub(super) fn charges(part: Part, prices: Prices<'_>, window: Interval) -> Vec<Charge> {
    match part {
        Part::Attested { item, during, units } => {
            let Some(during) = during.intersection(window) else { return Vec::new() };
            let charge = |(service, price): (Interval, Option<Price>)| {
                let basis = if price.is_some() { Basis::Attested } else { Basis::Unpriced };
                Charge { item, basis, price, service, measure: time(service, units) }
            };
            prices.split(item, during).into_iter().map(charge).collect()
        }
        Part::Unknown { item, during, units, taken_back } => {
            let Some(service) = during.intersection(window) else { return Vec::new() };
            let measure = if taken_back { -time(service, units) } else { time(service, units) };
            vec![Charge { item, basis: Basis::Unknown, price: None, service, measure }]
        }
        Part::Reported { item, service, millionths } if window.contains(service.from) => {
            let price = prices.at(item, service.from);
            let basis = if price.is_some() { Basis::Reported } else { Basis::Unpriced };
            vec![Charge { item, basis, price, service, measure: millionths }]
        }
        Part::Reported { .. } => Vec::new(),
    }
}

/// Below 2⁷⁰, so that sums of it do not overflow.
fn time(service: Interval, units: u16) -> i128 {
    i128::from(service.micros()) * i128::from(units)
}

/// What a measure of an item costs at a price: the exact product, rounded half to even to
/// millionths of the currency's unit.
pub fn amount(item: Item, price: Option<Price>, measure: i128) -> Result<Amount, TooLarge> {
    rounded(item, exact(price, measure)?)
}

/// What charges of one item come to: the exact sum, rounded once.
pub fn total(item: Item, charges: &[Charge]) -> Result<Amount, TooLarge> {
    let sum = charges
        .iter()
        .try_fold(0_i128, |sum, charge| exact(charge.price, charge.measure)?.checked_add(sum).ok_or(TooLarge))?;
    rounded(item, sum)
}

/// A price in billionths times a measure.
fn exact(price: Option<Price>, measure: i128) -> Result<i128, TooLarge> {
    price.map_or(0, Price::billionths).checked_mul(measure).ok_or(TooLarge)
}

/// Over what the price is for, that is billionths; a thousand of them are a millionth.
fn rounded(item: Item, product: i128) -> Result<Amount, TooLarge> {
    Amount::rounded(product, item.per() * 1_000)
}
