//! A price book: what an hour of a SKU and one of a usage unit cost, and since when.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Create | `price_book.created` | Active |
//! | Active | SetPrice | `price_book.price_set`, or none if it is set already | Active |
//! | Active | WithdrawPrice | `price_book.price_withdrawn` | Active |
//!
//! Prices of one item and currency follow one another: each holds until the next begins, so
//! they never overlap. None takes effect in the past, and only one that holds not yet can be
//! withdrawn: what was rated stays rated.

mod item;
mod prices;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::id::{PriceBookId, SkuId};
use crate::interval::Interval;
use crate::money::{Currency, DecimalError, Price};
use crate::text::{self, TextError};
use crate::time::Timestamp;

pub use item::Item;
pub use prices::{PriceInForce, Prices};

/// Scope of the claim on a price book's name.
pub const NAME_CLAIM: &str = "price_book.name";

fields! {
    /// A price book exists from here on.
    pub struct Created {
        /// Unique name.
        pub name: String,
        /// The currency in which accounts with this book are opened, unless told otherwise.
        pub currency: Currency,
    }

    /// A price takes effect.
    pub struct PriceSet {
        /// What it is the price of.
        pub item: Item,
        /// In which money.
        pub currency: Currency,
        /// What an hour or a unit costs.
        pub price: Price,
        /// Since when.
        pub effective_from: Timestamp,
    }

    /// A price does not take effect after all.
    pub struct PriceWithdrawn {
        /// What it was the price of.
        pub item: Item,
        /// In which money.
        pub currency: Currency,
        /// Since when it would have held.
        pub effective_from: Timestamp,
    }
}

events! {
    /// What can happen to a price book.
    pub enum Event {
        /// It was created.
        Created(Created) = "price_book.created", 1;
        /// A price was set.
        PriceSet(PriceSet) = "price_book.price_set", 1;
        /// A price was withdrawn.
        PriceWithdrawn(PriceWithdrawn) = "price_book.price_withdrawn", 1;
    }
}

/// What can be asked of a price book.
#[derive(Debug, Clone)]
pub enum Command {
    /// Create it.
    Create {
        /// Unique name.
        name: String,
        /// The currency in which accounts are opened.
        currency: Currency,
    },
    /// Set a price.
    SetPrice {
        /// Of what.
        item: Item,
        /// In which money.
        currency: Currency,
        /// What an hour or a unit costs: a decimal.
        price: String,
        /// Since when; `None`: now.
        effective_from: Option<Timestamp>,
        /// When this is asked.
        now: Timestamp,
    },
    /// Take back a price that does not hold yet.
    WithdrawPrice {
        /// Which.
        withdrawn: PriceWithdrawn,
        /// When this is asked.
        now: Timestamp,
    },
}

/// Why a price book refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is there already.
    #[error("this price book exists already")]
    Exists,
    /// It is not there.
    #[error("there is no such price book")]
    Absent,
    /// Its name is not acceptable.
    #[error("{0}")]
    Text(#[from] TextError),
    /// The price is below zero.
    #[error("a price is not negative")]
    Negative,
    /// The price is no decimal, or has more digits than are kept.
    #[error(transparent)]
    Decimal(DecimalError),
    /// It would take effect in the past.
    #[error("a price does not take effect in the past, where it was rated already; leave effective_from out for now")]
    Past,
    /// A price that begins at the same time or later is set.
    #[error("a price that takes effect at {after} is set already; take a later time, or withdraw that one")]
    Overlap {
        /// Since when that one holds.
        after: Timestamp,
    },
    /// No such price is set.
    #[error("no price takes effect then; look the prices up")]
    NoSuchPrice,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Absent | Self::NoSuchPrice => Code::NotFound,
            Self::Text(_) | Self::Decimal(_) => Code::InvalidField,
            Self::Negative => Code::PriceNegative,
            Self::Past => Code::PriceInPast,
            Self::Overlap { .. } => Code::PriceOverlaps,
        }
    }
}

impl From<DecimalError> for Rejection {
    fn from(error: DecimalError) -> Self {
        match error {
            DecimalError::Negative(_) => Self::Negative,
            DecimalError::Malformed | DecimalError::Precision { .. } => Self::Decimal(error),
        }
    }
}

/// What is known of a price book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Unique name.
    pub name: String,
    /// The currency in which accounts are opened.
    pub currency: Currency,
    /// Every price, by item, currency and time.
    pub prices: Vec<PriceSet>,
}

impl Details {
    /// What an hour of a SKU costs at a time; `None` if it has no price then.
    #[must_use]
    pub fn price_per_hour(&self, sku: SkuId, currency: Currency, at: Timestamp) -> Option<Price> {
        let moment = Interval::new(at, Timestamp(at.0.saturating_add(1)));
        self.in_force(Item::Sku(sku), currency, moment).first().map(|price| price.price)
    }

    /// The prices of an item within an interval, in order; none where it has none.
    #[must_use]
    pub fn in_force(&self, item: Item, currency: Currency, within: Interval) -> Vec<PriceInForce> {
        let mut next = Timestamp::MAX;
        let of_item = self.prices.iter().rev().filter(|set| (set.item, set.currency) == (item, currency));
        let mut prices: Vec<PriceInForce> = of_item
            .filter_map(|set| {
                let holds = Interval::new(set.effective_from, std::mem::replace(&mut next, set.effective_from));
                let during = holds.intersection(within)?;
                Some(PriceInForce { item, price: set.price, during })
            })
            .collect();
        prices.reverse();
        prices
    }

    fn latest(&self, item: Item, currency: Currency) -> Option<&PriceSet> {
        self.prices.iter().rfind(|set| (set.item, set.currency) == (item, currency))
    }
}

/// The state of a price book.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum PriceBook {
    /// No entry yet.
    #[default]
    Absent,
    /// In use.
    Active(Details),
}

impl PriceBook {
    /// What is known of it, if it is there.
    pub fn require_active(&self) -> Result<&Details, Rejection> {
        match self {
            Self::Absent => Err(Rejection::Absent),
            Self::Active(details) => Ok(details),
        }
    }
}

impl Aggregate for PriceBook {
    const KIND: &'static str = "price_book";
    type Id = PriceBookId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Create { name, currency }) => {
                text::slug("name", &name)?;
                Ok(vec![Created { name, currency }.into()])
            }
            (Self::Active(_), Command::Create { .. }) => Err(Rejection::Exists),
            (Self::Absent, Command::SetPrice { .. } | Command::WithdrawPrice { .. }) => Err(Rejection::Absent),
            (Self::Active(book), Command::SetPrice { item, currency, price, effective_from, now }) => {
                let price: Price = price.parse()?;
                let effective_from = effective_from.unwrap_or(now);
                set(book, PriceSet { item, currency, price, effective_from }, now)
            }
            (Self::Active(book), Command::WithdrawPrice { withdrawn, now }) => withdraw(book, withdrawn, now),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Created(Created { name, currency })) => {
                Self::Active(Details { name: name.clone(), currency: *currency, prices: Vec::new() })
            }
            (Self::Active(mut book), Event::PriceSet(set)) => {
                book.prices.push(set.clone());
                book.prices.sort_by_key(|set| (set.item, set.currency, set.effective_from));
                Self::Active(book)
            }
            (Self::Active(mut book), Event::PriceWithdrawn(PriceWithdrawn { item, currency, effective_from })) => {
                let gone = (*item, *currency, *effective_from);
                book.prices.retain(|set| (set.item, set.currency, set.effective_from) != gone);
                Self::Active(book)
            }
            (Self::Absent, Event::PriceSet(_) | Event::PriceWithdrawn(_)) => Self::Absent,
        }
    }
}

fn set(book: &Details, new: PriceSet, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    match book.latest(new.item, new.currency) {
        Some(latest) if *latest == new => return Ok(vec![]),
        Some(latest) if latest.effective_from >= new.effective_from => {
            return Err(Rejection::Overlap { after: latest.effective_from });
        }
        Some(_) | None => {}
    }
    if new.effective_from < now { Err(Rejection::Past) } else { Ok(vec![new.into()]) }
}

fn withdraw(book: &Details, gone: PriceWithdrawn, now: Timestamp) -> Result<Vec<Event>, Rejection> {
    let key = (gone.item, gone.currency, gone.effective_from);
    if !book.prices.iter().any(|set| (set.item, set.currency, set.effective_from) == key) {
        return Err(Rejection::NoSuchPrice);
    }
    if gone.effective_from <= now { Err(Rejection::Past) } else { Ok(vec![gone.into()]) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::TypedId;
    use crate::interval::tests::span;

    fn sku(number: u128) -> SkuId {
        SkuId::from_uuid(Uuid::from_u128(number))
    }

    fn eur() -> Currency {
        "EUR".parse().unwrap()
    }

    fn price(text: &str, from: u64, now: u64) -> Command {
        Command::SetPrice {
            item: Item::Sku(sku(1)),
            currency: eur(),
            price: text.into(),
            effective_from: Some(Timestamp(from)),
            now: Timestamp(now),
        }
    }

    fn book(prices: &[(&str, u64)]) -> PriceBook {
        let create = Command::Create { name: "list".into(), currency: eur() };
        let created = PriceBook::default().evolve_all(&PriceBook::default().decide(create).unwrap());
        prices.iter().fold(created, |book, (text, from)| {
            let events = book.decide(price(text, *from, 0)).unwrap();
            book.evolve_all(&events)
        })
    }

    fn in_force(book: &PriceBook, from: u64, until: u64) -> Vec<(String, Interval)> {
        let prices = book.require_active().unwrap().in_force(Item::Sku(sku(1)), eur(), span(from, until));
        prices.into_iter().map(|price| (price.price.to_string(), price.during)).collect()
    }

    #[test]
    fn a_price_holds_until_the_next_begins() {
        let book = book(&[("2.5", 10), ("3", 20)]);
        assert_eq!(in_force(&book, 0, 30), [("2.5".into(), span(10, 20)), ("3".into(), span(20, 30))]);
        let details = book.require_active().unwrap();
        assert_eq!(details.price_per_hour(sku(1), eur(), Timestamp(9)), None);
        assert_eq!(details.price_per_hour(sku(1), eur(), Timestamp(19)).unwrap().to_string(), "2.5");
        assert_eq!(details.price_per_hour(sku(1), eur(), Timestamp(20)).unwrap().to_string(), "3");
        assert_eq!(details.price_per_hour(sku(2), eur(), Timestamp(20)), None);
        assert_eq!(details.price_per_hour(sku(1), "USD".parse().unwrap(), Timestamp(20)), None);
    }

    #[test]
    fn a_negative_price_is_refused() {
        assert!(matches!(book(&[]).decide(price("-0.01", 10, 0)), Err(Rejection::Negative)));
        assert!(matches!(book(&[]).decide(price("1e3", 10, 0)), Err(Rejection::Decimal(_))));
    }

    #[test]
    fn overlapping_prices_are_refused() {
        let book = book(&[("2.5", 10)]);
        for from in [5, 10] {
            let refused = book.decide(price("3", from, 0));
            assert!(matches!(refused, Err(Rejection::Overlap { after: Timestamp(10) })), "{from}");
        }
        assert_eq!(book.decide(price("2.50", 10, 0)).unwrap(), []);
    }

    #[test]
    fn a_price_does_not_take_effect_in_the_past() {
        assert!(matches!(book(&[]).decide(price("3", 10, 11)), Err(Rejection::Past)));
    }

    #[test]
    fn only_a_price_that_does_not_hold_yet_is_withdrawn() {
        let book = book(&[("2.5", 10), ("3", 20)]);
        let withdraw = |from, now| {
            let withdrawn =
                PriceWithdrawn { item: Item::Sku(sku(1)), currency: eur(), effective_from: Timestamp(from) };
            book.decide(Command::WithdrawPrice { withdrawn, now: Timestamp(now) })
        };
        assert!(matches!(withdraw(10, 10), Err(Rejection::Past)));
        assert!(matches!(withdraw(15, 10), Err(Rejection::NoSuchPrice)));
        let after = book.clone().evolve_all(&withdraw(20, 10).unwrap());
        assert_eq!(in_force(&after, 0, 30), [("2.5".into(), span(10, 30))]);
    }
}
