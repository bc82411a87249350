//! Every posting balances, usage is rated once, and invoices follow one another.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::aggregate::Rejected as _;
use crate::code::Code;
use crate::fixed::Digest;
use crate::id::{InvoiceId, TypedId};
use crate::interval::tests::{sets, span};
use crate::price_book::PriceInForce;
use crate::rating::Usage;
use crate::rating::tests::{HOUR, metered, price, price_lists, sku, subject};

pub(crate) fn opened() -> Opened {
    Opened {
        organization: subject(1).organization,
        price_book: PriceBookId::from_uuid(Uuid::from_u128(9)),
        currency: "EUR".parse().unwrap(),
    }
}

pub(crate) fn open() -> Ledger {
    Ledger::default().evolve_all(&Ledger::default().decide(Command::Open(opened())).unwrap())
}

pub(crate) fn numbered(position: u64, usage: Usage) -> NumberedUsage {
    NumberedUsage { position, corrects: None, usage }
}

pub(crate) fn post(ledger: &Ledger, usage: &[NumberedUsage], prices: &[PriceInForce]) -> Result<Vec<Event>, Rejection> {
    ledger.decide(Command::Post { usage: usage.to_vec(), prices: prices.to_vec(), root: Digest([7; 32]) })
}

fn an_hour(position: u64) -> NumberedUsage {
    let all = span(0, HOUR).into();
    numbered(position, Usage::Metered(metered(&all, &all, span(0, HOUR))))
}

fn invoice(ledger: &Ledger, from: u64, until: u64) -> Result<Vec<Event>, Rejection> {
    let invoice = InvoiceId::from_uuid(Uuid::from_u128(5));
    ledger.decide(Command::Invoice { invoice, period: span(from, until), total: Amount(70) })
}

#[test]
fn an_hour_of_two_units_is_accrued_and_earned() {
    let prices = [price(sku(), "2.5", 0, 9 * HOUR)];
    let events = post(&open(), &[an_hour(12)], &prices).unwrap();
    let [Event::Posted(posted)] = &events[..] else { panic!("{events:?}") };
    assert_eq!((posted.usage.first, posted.usage.last, posted.usage.count), (12, 12, 1));
    let ledger = open().evolve_all(&events);
    let details = ledger.require_open().unwrap();
    assert_eq!(details.balances[&Account::Accrued], Amount(5_000_000));
    assert_eq!(details.balances[&Account::Revenue], Amount(-5_000_000));
}

#[test]
fn usage_is_rated_once() {
    let ledger = open().evolve_all(&post(&open(), &[an_hour(12)], &[]).unwrap());
    for again in [&[an_hour(12)][..], &[an_hour(11)], &[an_hour(14), an_hour(13)], &[an_hour(13), an_hour(13)]] {
        let refused = post(&ledger, again, &[]).unwrap_err();
        assert!(
            matches!(refused, Rejection::AlreadyRated { through: 12 }) && refused.code() == Code::UsageAlreadyRated
        );
    }
    assert_eq!(post(&ledger, &[an_hour(13)], &[]).unwrap().len(), 1);
    assert_eq!(post(&ledger, &[], &[]).unwrap(), []);
}

#[test]
fn usage_of_another_organization_is_refused() {
    let mut foreign = an_hour(12);
    let Usage::Metered(metered) = &mut foreign.usage else { unreachable!() };
    metered.subject.organization = OrganizationId::from_uuid(Uuid::from_u128(77));
    assert!(matches!(post(&open(), &[foreign], &[]), Err(Rejection::Foreign)));
}

#[test]
fn a_batch_that_an_entry_has_no_room_for_is_refused() {
    let many: Vec<NumberedUsage> = (1..=MAX_BATCH as u64 + 1).map(an_hour).collect();
    assert!(matches!(post(&open(), &many, &[]), Err(Rejection::TooMany)));
}

#[test]
fn a_full_batch_fits_an_entry_of_the_log() {
    let usage: Vec<NumberedUsage> = (0..MAX_BATCH as u64).map(|n| an_hour(u64::from(u32::MAX) + n)).collect();
    let prices: Vec<PriceInForce> = (0..MAX_PRICES as u64)
        .map(|at| price(sku(), "999999999.999999999", 1_795_000_000_000_000 + at, 1_795_000_000_000_001 + at))
        .collect();
    let events = post(&open(), &usage, &prices).unwrap();
    let bytes = rmp_serde::to_vec_named(&crate::Fields(&events[0])).unwrap();
    assert!(bytes.len() < 60_000, "{} bytes", bytes.len());
}

#[test]
fn invoices_follow_one_another() {
    let ledger = open().evolve_all(&post(&open(), &[an_hour(12)], &[]).unwrap());
    assert!(matches!(invoice(&ledger, 10, 10), Err(Rejection::EmptyPeriod)));
    let ledger = ledger.clone().evolve_all(&invoice(&ledger, 10, 20).unwrap());
    assert!(matches!(invoice(&ledger, 19, 30), Err(Rejection::Overlap { .. })));
    assert!(matches!(invoice(&ledger, 21, 30), Err(Rejection::Gap { .. })));
    let terms = ledger.require_open().unwrap().terms(span(20, 30)).unwrap();
    assert_eq!((terms.late_from.0, terms.late_after, terms.through), (10, 12, 12));
}

#[test]
fn an_account_keeps_its_currency() {
    assert_eq!(open().decide(Command::Open(opened())).unwrap(), []);
    let other = Opened { currency: "USD".parse().unwrap(), ..opened() };
    assert!(matches!(open().decide(Command::Open(other)), Err(Rejection::OpenOtherwise)));
    assert!(matches!(post(&Ledger::default(), &[an_hour(1)], &[]), Err(Rejection::NotOpen)));
}

#[test]
fn a_balance_that_does_not_fit_is_refused() {
    let prices = [price(sku(), "1000000000", 0, u64::from(u32::MAX) * 1_000)];
    let period = span(0, HOUR * 1_000);
    let all = period.into();
    let usage: Vec<NumberedUsage> =
        (1..9).map(|position| numbered(position, Usage::Metered(metered(&all, &all, period)))).collect();
    assert_eq!(post(&open(), &usage, &prices).unwrap_err().code(), Code::AmountTooLarge);
}

proptest! {
    #[test]
    fn postings_balance(
        batches in prop::collection::vec(prop::collection::vec((sets(), sets()), 0..4), 1..4),
        prices in price_lists(),
    ) {
        let mut ledger = open();
        let mut position = 0;
        for batch in batches {
            let usage: Vec<NumberedUsage> = (batch.iter())
                .map(|(active, attested)| {
                    position += 1;
                    numbered(position, Usage::Metered(metered(active, attested, span(0, 130))))
                })
                .collect();
            let events = post(&ledger, &usage, &prices).unwrap();
            for event in &events {
                let Event::Posted(posted) = event else { panic!("{event:?}") };
                for posting in &posted.postings {
                    prop_assert_eq!(Amount::sum(posting.entries.iter().map(|entry| entry.amount)), Ok(Amount::ZERO));
                }
            }
            ledger = ledger.evolve_all(&events);
            let balances = &ledger.require_open().unwrap().balances;
            prop_assert_eq!(Amount::sum(balances.values().copied()), Ok(Amount::ZERO));
        }
    }
}
