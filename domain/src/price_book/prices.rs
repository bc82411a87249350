//! Prices with the time in which each holds, as a ledger carries them.

use crate::event::fields;
use crate::interval::Interval;
use crate::money::Price;
use crate::price_book::Item;
use crate::time::Timestamp;

fields! {
    /// A price and when it holds.
    pub struct PriceInForce {
        /// What it is the price of.
        pub item: Item,
        /// What an hour or a unit costs.
        pub price: Price,
        /// When.
        pub during: Interval,
    }
}

/// Prices that do not overlap, in one currency. Where an item has none, it costs nothing and
/// the bill says that it had no price.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'p>(&'p [PriceInForce]);

impl<'p> Prices<'p> {
    /// Looks prices up in these.
    #[must_use]
    pub fn new(prices: &'p [PriceInForce]) -> Self {
        Self(prices)
    }

    /// The price of an item at a moment.
    #[must_use]
    pub fn at(self, item: Item, moment: Timestamp) -> Option<Price> {
        self.0.iter().find(|price| price.item == item && price.during.contains(moment)).map(|price| price.price)
    }

    /// An interval, split where the price of an item changes.
    #[must_use]
    pub fn split(self, item: Item, interval: Interval) -> Vec<(Interval, Option<Price>)> {
        let mut during: Vec<(Interval, Price)> = (self.0.iter().filter(|price| price.item == item))
            .filter_map(|price| price.during.intersection(interval).map(|during| (during, price.price)))
            .collect();
        during.sort_by_key(|(during, _)| during.from);
        let mut pieces = Vec::new();
        let mut from = interval.from;
        for (during, price) in during {
            pieces.push((Interval::new(from, during.from), None));
            pieces.push((during, Some(price)));
            from = during.until;
        }
        pieces.push((Interval::new(from, interval.until), None));
        pieces.retain(|(piece, _)| !piece.is_empty());
        pieces
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::{SkuId, TypedId};
    use crate::interval::tests::span;

    #[test]
    fn an_interval_is_split_where_the_price_changes_and_where_there_is_none() {
        let item = Item::Sku(SkuId::from_uuid(Uuid::from_u128(1)));
        let price =
            |text: &str, from, until| PriceInForce { item, price: text.parse().unwrap(), during: span(from, until) };
        let prices = [price("3", 20, 30), price("2", 10, 20)];
        let pieces = Prices::new(&prices).split(item, span(5, 25));
        let pieces: Vec<_> = pieces.into_iter().map(|(piece, price)| (piece, price.map(|p| p.to_string()))).collect();
        let two_and_three = [(span(5, 10), None), (span(10, 20), Some("2".into())), (span(20, 25), Some("3".into()))];
        assert_eq!(pieces, two_and_three);
        assert_eq!(Prices::new(&prices).at(item, Timestamp(30)), None);
    }
}
