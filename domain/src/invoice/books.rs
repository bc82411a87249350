//! What an invoice is computed from: an organization's usage, and the prices at which its
//! ledger rated it.

use std::collections::BTreeMap;

use crate::ledger::{self, Posted};
use crate::price_book::{PriceInForce, Prices};
use crate::rating::Usage;
use crate::registry::AnyEvent;
use crate::{usage, usage_event};

/// An organization's usage and prices. Stored invoices and amounts are not among them.
#[derive(Debug, Clone, Default)]
pub struct Books {
    usage: BTreeMap<u64, Usage>,
    /// By position of the last usage of each.
    batches: BTreeMap<u64, Batch>,
}

#[derive(Debug, Clone)]
struct Batch {
    posting: u64,
    first: u64,
    prices: Vec<PriceInForce>,
}

impl Books {
    /// Takes an entry of the organization's history, if it has to do with money.
    pub fn enter(&mut self, position: u64, event: &AnyEvent) {
        if let AnyEvent::Usage(event) = event {
            let usage = match event {
                usage::Event::Metered(metered) => Usage::Metered(metered.clone()),
                usage::Event::Corrected(corrected) => Usage::Corrected(corrected.clone()),
            };
            self.usage.insert(position, usage);
        }
        if let AnyEvent::UsageEvent(usage_event::Event::Recorded(recorded)) = event {
            self.usage.insert(position, Usage::Reported(recorded.clone()));
        }
        if let AnyEvent::Ledger(ledger::Event::Posted(Posted { usage, prices, .. })) = event {
            let batch = Batch { posting: position, first: usage.first, prices: prices.clone() };
            self.batches.insert(usage.last, batch);
        }
    }

    /// Every entry of usage up to a position, in order.
    pub fn usage_through(&self, through: u64) -> impl Iterator<Item = (u64, &Usage)> {
        self.usage.range(..=through).map(|(position, usage)| (*position, usage))
    }

    /// Position of the last usage that is rated; 0 if none is.
    #[must_use]
    pub fn rated_through(&self) -> u64 {
        self.batches.last_key_value().map_or(0, |(last, _)| *last)
    }

    /// The posting that rated an entry of usage, and its prices.
    #[must_use]
    pub fn rated(&self, usage: u64) -> Option<(u64, Prices<'_>)> {
        let (_, batch) = self.batches.range(usage..).next()?;
        (batch.first <= usage).then(|| (batch.posting, Prices::new(&batch.prices)))
    }
}
