//! The prices that batches carry: none overlap, and they are the price book's where the
//! export has it.

use gpuaas_domain::Aggregate as _;
use gpuaas_domain::ledger::{self, Details, Ledger, Posted};
use gpuaas_domain::price_book::{PriceBook, PriceInForce};
use gpuaas_domain::rating::prices_for;

use super::super::evidence::{Evidence, Platform};
use super::super::{Unproven, need};

/// Checks the prices of every batch.
pub(super) fn check(evidence: &Evidence) -> Result<(), Unproven> {
    let mut ledger = Ledger::default();
    for (position, event) in &evidence.ledger {
        if let (Ledger::Open(details), ledger::Event::Posted(posted)) = (&ledger, event) {
            need(!overlap(&posted.prices), || format!("batch {position} has prices that overlap"))?;
            if let Some(platform) = &evidence.platform {
                of_the_book(*position, posted, details, evidence, platform)?;
            }
        }
        ledger = ledger.evolve(event);
    }
    Ok(())
}

/// Whether an item has two prices at once.
fn overlap(prices: &[PriceInForce]) -> bool {
    let twice = |(index, one): (usize, &PriceInForce)| {
        let later = prices.iter().skip(index + 1).filter(|other| other.item == one.item);
        later.into_iter().any(|other| other.during.intersection(one.during).is_some())
    };
    prices.iter().enumerate().any(twice)
}

fn of_the_book(
    position: u64,
    posted: &Posted,
    details: &Details,
    evidence: &Evidence,
    platform: &Platform,
) -> Result<(), Unproven> {
    let events = platform.books.get(&details.price_book).into_iter().flatten();
    let before = events.take_while(|(at, _)| *at < position);
    let book = before.fold(PriceBook::default(), |book, (_, event)| book.evolve(event));
    let PriceBook::Active(book) = book else {
        return Err(Unproven::books(format!("batch {position} rates by a price book that is not there")));
    };
    let usage = evidence.usage.range(posted.usage.first..=posted.usage.last).map(|(_, entry)| &entry.usage);
    need(prices_for(usage, &book, details.currency) == posted.prices, || {
        format!("batch {position} has prices that are not the price book's")
    })
}
