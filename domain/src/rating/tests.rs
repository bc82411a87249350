//! Rating is additive, never charges unknown time, and agrees with plain arithmetic.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::{SkuId, TypedId, UsageUnitId};
use crate::interval::IntervalSet;
use crate::interval::tests::{sets, span};
use crate::money::Price;
use crate::price_book::{Item, PriceInForce};
use crate::time::Timestamp;
use crate::usage::{Subject, divide};

/// An hour.
pub(crate) const HOUR: u64 = 3_600_000_000;
const ALWAYS: Interval = Interval { from: Timestamp(0), until: Timestamp::MAX };

pub(crate) fn subject(allocation: u128) -> Subject {
    Subject {
        allocation: AllocationId::from_uuid(Uuid::from_u128(allocation)),
        organization: OrganizationId::from_uuid(Uuid::from_u128(1)),
        project: ProjectId::from_uuid(Uuid::from_u128(2)),
        sku: SkuId::from_uuid(Uuid::from_u128(3)),
        units: 2,
    }
}

pub(crate) fn sku() -> Item {
    Item::Sku(subject(1).sku)
}

pub(crate) fn unit() -> UsageUnitId {
    UsageUnitId::from_uuid(Uuid::from_u128(4))
}

pub(crate) fn price(item: Item, text: &str, from: u64, until: u64) -> PriceInForce {
    PriceInForce { item, price: text.parse().unwrap(), during: span(from, until) }
}

pub(crate) fn metered(active: &IntervalSet, attested: &IntervalSet, period: Interval) -> Metered {
    let divided = divide(active, attested, period);
    let (attested, unknown) = (divided.attested.into_vec(), divided.unknown.into_vec());
    Metered { subject: subject(1), period, attested, unknown, attestations: 1 }
}

pub(crate) fn reported(quantity: &str, from: u64, until: u64) -> Recorded {
    let label = |text: &str| Label::new("test", text).unwrap();
    Recorded {
        organization: subject(1).organization,
        project: subject(1).project,
        unit: unit(),
        product: Label::new("product", "token_factory").unwrap(),
        source: Label::new("source", "token_factory.gateway").unwrap(),
        source_event: label("usage-evt-123"),
        resource_type: Label::new("resource_type", "model_request").unwrap(),
        resource: label("req-789"),
        quantity: quantity.parse().unwrap(),
        service: span(from, until),
        idempotency_key: label(&format!("key-{from}-{until}-{quantity}")),
        request: None,
        metadata: BTreeMap::new(),
    }
}

#[test]
fn two_units_for_an_hour_and_a_half_cost_three_hours() {
    let all = IntervalSet::from(span(0, HOUR * 3 / 2));
    let prices = [price(sku(), "2.5", 0, 10 * HOUR)];
    let [charge] = Usage::Metered(metered(&all, &all, span(0, 2 * HOUR))).charges(Prices::new(&prices), ALWAYS)[..]
    else {
        panic!("one price, one piece");
    };
    assert_eq!(amount(charge.item, charge.price, charge.measure).unwrap().0, 7_500_000);
}

#[test]
fn time_is_split_where_the_price_changes() {
    let all = IntervalSet::from(span(0, 2 * HOUR));
    let prices = [price(sku(), "2", 0, HOUR), price(sku(), "3", HOUR, 10 * HOUR)];
    let charges = Usage::Metered(metered(&all, &all, span(0, 2 * HOUR))).charges(Prices::new(&prices), ALWAYS);
    let amounts: Vec<i64> = charges.iter().map(|c| amount(c.item, c.price, c.measure).unwrap().0).collect();
    assert_eq!(amounts, [4_000_000, 6_000_000]);
}

#[test]
fn a_reported_quantity_has_the_price_of_the_moment_its_service_began() {
    let item = Item::Unit(unit());
    let prices = [price(item, "0.0015", 0, 10), price(item, "9", 10, 99)];
    let charges = Usage::Reported(reported("2048.5", 9, 12)).charges(Prices::new(&prices), ALWAYS);
    let [charge] = charges[..] else { panic!("one quantity, one piece") };
    assert_eq!(charge.basis, Basis::Reported);
    // 2048.5 × 0.0015 = 3.07275
    assert_eq!(amount(item, charge.price, charge.measure).unwrap().0, 3_072_750);
}

#[test]
fn what_has_no_price_is_visible_and_free() {
    let all = IntervalSet::from(span(0, 10));
    let prices = [price(sku(), "2", 4, 6)];
    let charges = Usage::Metered(metered(&all, &all, span(0, 10))).charges(Prices::new(&prices), ALWAYS);
    let seen: Vec<_> = charges.iter().map(|charge| (charge.basis, charge.service, charge.measure)).collect();
    assert_eq!(
        seen,
        [(Basis::Unpriced, span(0, 4), 8), (Basis::Attested, span(4, 6), 4), (Basis::Unpriced, span(6, 10), 8)]
    );
}

#[test]
fn a_measure_that_is_too_large_is_an_error() {
    let dear: Price = "1000000000".parse().unwrap();
    assert!(amount(sku(), Some(dear), i128::from(u64::MAX) * 1_000_000).is_err());
    assert!(amount(sku(), Some(dear), i128::MAX).is_err());
}

/// Prices that follow one another, with a gap before the first.
pub(crate) fn price_lists() -> impl Strategy<Value = Vec<PriceInForce>> {
    let steps = prop::collection::vec((1..40u64, 0..5_000_000_000u64), 1..5);
    steps.prop_map(|steps| {
        let mut from = 0;
        let set: Vec<(u64, u64)> = (steps.into_iter())
            .map(|(length, price)| {
                from += length;
                (from, price)
            })
            .collect();
        let ends = set.iter().skip(1).map(|(from, _)| *from).chain([1_000]);
        let decimal = |billionths: u64| format!("{}.{:09}", billionths / 1_000_000_000, billionths % 1_000_000_000);
        set.iter().zip(ends).map(|((from, dear), until)| price(sku(), &decimal(*dear), *from, until)).collect()
    })
}

/// Measures by price, which is all that an amount is made of.
fn measures(charges: impl IntoIterator<Item = Charge>) -> BTreeMap<(Basis, Option<Price>), i128> {
    let mut sums = BTreeMap::new();
    for charge in charges {
        *sums.entry((charge.basis, charge.price)).or_default() += charge.measure;
    }
    sums.retain(|_, measure| *measure != 0);
    sums
}

proptest! {
    #[test]
    fn rating_is_additive_over_split_intervals(
        (active, attested, prices) in (sets(), sets(), price_lists()),
        cuts in prop::collection::btree_set(0..130u64, 0..6),
    ) {
        let prices = Prices::new(&prices);
        let whole = measures(Usage::Metered(metered(&active, &attested, span(0, 130))).charges(prices, ALWAYS));
        let edges: Vec<u64> = [0].into_iter().chain(cuts).chain([130]).collect();
        let windows = || edges.windows(2).map(|pair| span(pair[0], pair[1]));
        // Cut into windows of an invoice, or metered in smaller periods: the same.
        let usage = Usage::Metered(metered(&active, &attested, span(0, 130)));
        prop_assert_eq!(&measures(windows().flat_map(|window| usage.charges(prices, window))), &whole);
        let smaller = windows().map(|period| Usage::Metered(metered(&active, &attested, period)));
        prop_assert_eq!(&measures(smaller.flat_map(|usage| usage.charges(prices, ALWAYS))), &whole);
    }

    #[test]
    fn unknown_intervals_are_never_charged(active in sets(), attested in sets(), prices in price_lists()) {
        let usage = Usage::Metered(metered(&active, &attested, span(0, 130)));
        let charges = usage.charges(Prices::new(&prices), ALWAYS);
        let charged = active.intersection(&attested);
        for charge in &charges {
            let inside = charged.intersection(&charge.service.into()) == IntervalSet::from(charge.service);
            prop_assert_eq!(charge.price.is_some(), charge.basis == Basis::Attested);
            prop_assert_eq!(inside, charge.basis != Basis::Unknown);
        }
        let unknown: i128 = charges.iter().filter(|c| c.basis == Basis::Unknown).map(|c| c.measure).sum();
        prop_assert_eq!(unknown, 2 * i128::from(active.difference(&attested).micros()));
    }

    /// A microsecond at a time, each at the price then: slow and plain.
    #[test]
    fn an_amount_is_what_plain_arithmetic_says(active in sets(), attested in sets(), prices in price_lists()) {
        let usage = Usage::Metered(metered(&active, &attested, span(0, 130)));
        let sums = measures(usage.charges(Prices::new(&prices), ALWAYS));
        let exact: i128 = sums.iter().map(|((_, price), measure)| price.map_or(0, Price::billionths) * measure).sum();
        let plain: i128 = (0..130u64)
            .filter(|at| active.intersection(&attested).as_slice().iter().any(|i| i.contains(Timestamp(*at))))
            .filter_map(|at| prices.iter().find(|price| price.during.contains(Timestamp(at))))
            .map(|price| 2 * price.price.billionths())
            .sum();
        prop_assert_eq!(exact, plain);
    }
}
