//! The parts of an entry of usage, before they have a price.

use super::Usage;
use crate::interval::Interval;
use crate::price_book::Item;

/// A part of an entry of usage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Time that was attested.
    Attested { item: Item, during: Interval, units: u16 },
    /// Time that was not attested; or that was thought so, where it is taken back.
    Unknown { item: Item, during: Interval, units: u16, taken_back: bool },
    /// A quantity, at the moment its service began.
    Reported { item: Item, service: Interval, millionths: i128 },
}

/// Takes an entry apart.
pub(super) fn parts(usage: &Usage) -> Vec<Part> {
    match usage {
        Usage::Metered(metered) => {
            let (item, units) = (Item::Sku(metered.subject.sku), metered.subject.units);
            let attested = metered.attested.iter().map(|during| Part::Attested { item, during: *during, units });
            let unknown = (metered.unknown.iter()).map(|during| Part::Unknown {
                item,
                during: *during,
                units,
                taken_back: false,
            });
            attested.chain(unknown).collect()
        }
        Usage::Corrected(corrected) => {
            let (item, units) = (Item::Sku(corrected.subject.sku), corrected.subject.units);
            let both = |during: &Interval| {
                let during = *during;
                [Part::Attested { item, during, units }, Part::Unknown { item, during, units, taken_back: true }]
            };
            corrected.attested.iter().flat_map(both).collect()
        }
        Usage::Reported(recorded) => {
            let (item, millionths) = (Item::Unit(recorded.unit), recorded.quantity.millionths());
            vec![Part::Reported { item, service: recorded.service, millionths }]
        }
    }
}
