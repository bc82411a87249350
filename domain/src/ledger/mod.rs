//! The ledger of an organization: double entry, in whole millionths of one currency.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Open | `ledger.opened` | Open |
//! | Open | Open, the same again | none | Open |
//! | Open | Post | `ledger.posted`, or none without usage | Open |
//! | Open | Invoice | `ledger.invoiced` | Open |
//!
//! The stream has the organization's id. A `ledger.posted` rates a batch of usage: one
//! posting for each entry, rounded once, from accrued to revenue. It names the usage by its
//! range of positions, its count and its root, and carries the prices, so that the
//! organization's own history suffices to do it again. The posting of a correction names the
//! usage that it corrects, and keeps its service period. A `ledger.invoiced` moves what an
//! invoice bills from accrued to receivable; invoices follow one another without a gap.
//!
//! Amounts above zero are debits, below zero credits; the entries of a posting come to zero.

mod command;
mod event;
mod posting;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::aggregate::Aggregate;
use crate::id::{OrganizationId, PriceBookId};
use crate::interval::Interval;
use crate::invoice::Terms;
use crate::money::{Amount, Currency};

pub use command::{Command, Rejection};
pub use event::{Account, Entry, Event, Invoiced, Opened, Posted, Posting, UsageRange};
pub use posting::{MAX_BATCH, MAX_PRICES, NumberedUsage, postings};

/// What is invoiced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billed {
    /// From the first invoice's beginning up to the last one's end.
    pub period: Interval,
    /// Position up to which usage was considered for the last one.
    pub through: u64,
}

/// What is known of an open ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Whose prices count.
    pub price_book: PriceBookId,
    /// In which money.
    pub currency: Currency,
    /// Position of the last usage that is rated; 0 before the first.
    pub rated_through: u64,
    /// What stands on each account.
    pub balances: BTreeMap<Account, Amount>,
    /// What is invoiced, if anything is.
    pub billed: Option<Billed>,
}

/// The state of a ledger.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Ledger {
    /// No entry yet.
    #[default]
    Absent,
    /// In use.
    Open(Details),
}

impl Ledger {
    /// What is known of it, if it is open.
    pub fn require_open(&self) -> Result<&Details, Rejection> {
        match self {
            Self::Absent => Err(Rejection::NotOpen),
            Self::Open(details) => Ok(details),
        }
    }
}

impl Details {
    /// On what terms the next invoice would be: it bills the period, and what became known
    /// since the last invoice of time that is billed already.
    pub fn terms(&self, period: Interval) -> Result<Terms, Rejection> {
        if period.is_empty() {
            return Err(Rejection::EmptyPeriod);
        }
        let (late_from, late_after) = match self.billed {
            None => (period.from, 0),
            Some(Billed { period: billed, .. }) if period.from < billed.until => {
                return Err(Rejection::Overlap { until: billed.until });
            }
            Some(Billed { period: billed, .. }) if period.from > billed.until => {
                return Err(Rejection::Gap { until: billed.until });
            }
            Some(Billed { period: billed, through }) => (billed.from, through),
        };
        let Self { organization, currency, rated_through, .. } = *self;
        Ok(Terms { organization, currency, period, through: rated_through, late_from, late_after })
    }

    fn book(mut self, entries: &[Entry]) -> Self {
        for Entry { account, amount } in entries {
            let balance = self.balances.entry(*account).or_default();
            // What would not fit was refused when it was decided.
            balance.0 = balance.0.saturating_add(amount.0);
        }
        self
    }

    /// Fails if a balance would not fit.
    fn check_balances<'e>(&self, entries: impl IntoIterator<Item = &'e Entry>) -> Result<(), Rejection> {
        let mut balances = self.balances.clone();
        for Entry { account, amount } in entries {
            let balance = balances.entry(*account).or_default();
            *balance = balance.plus(*amount)?;
        }
        Ok(())
    }
}

impl Aggregate for Ledger {
    const KIND: &'static str = "ledger";
    type Id = OrganizationId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        match (self, command) {
            (Self::Absent, Command::Open(opened)) => Ok(vec![opened.into()]),
            (Self::Open(details), Command::Open(opened)) => {
                let same = (details.price_book, details.currency) == (opened.price_book, opened.currency);
                if same { Ok(vec![]) } else { Err(Rejection::OpenOtherwise) }
            }
            (Self::Absent, Command::Post { .. } | Command::Invoice { .. }) => Err(Rejection::NotOpen),
            (Self::Open(details), Command::Post { usage, prices, root }) => {
                let events = posting::post(details, &usage, prices, root)?;
                details.check_balances(events.iter().flat_map(|p| &p.postings).flat_map(|p| &p.entries))?;
                Ok(events.into_iter().map(Event::from).collect())
            }
            (Self::Open(details), Command::Invoice { invoice, period, total }) => {
                let Terms { through, .. } = details.terms(period)?;
                let entries = posting::transfer(Account::Accrued, Account::Receivable, total)?;
                details.check_balances(&entries)?;
                Ok(vec![Invoiced { invoice, period, through, entries }.into()])
            }
        }
    }

    fn evolve(self, event: &Event) -> Self {
        match (self, event) {
            (_, Event::Opened(Opened { organization, price_book, currency })) => Self::Open(Details {
                organization: *organization,
                price_book: *price_book,
                currency: *currency,
                rated_through: 0,
                balances: BTreeMap::new(),
                billed: None,
            }),
            (Self::Open(details), Event::Posted(Posted { usage, postings, .. })) => {
                let details = postings.iter().fold(details, |details, posting| details.book(&posting.entries));
                Self::Open(Details { rated_through: usage.last, ..details })
            }
            (Self::Open(details), Event::Invoiced(Invoiced { period, through, entries, .. })) => {
                let first = details.billed.map_or(period.from, |billed| billed.period.from);
                let billed = Billed { period: Interval::new(first, period.until), through: *through };
                Self::Open(Details { billed: Some(billed), ..details.book(entries) })
            }
            (Self::Absent, Event::Posted(_) | Event::Invoiced(_)) => Self::Absent,
        }
    }
}
