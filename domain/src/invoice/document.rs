//! The document: lines, each naming the entries of the log that it was computed from.

use std::collections::{BTreeMap, BTreeSet};

use super::{Books, Terms};
use crate::id::ProjectId;
use crate::interval::Interval;
use crate::money::{Amount, Price, TooLarge};
use crate::price_book::Item;
use crate::rating::{self, Basis, Charge, Resource};

/// Why an invoice cannot be computed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComputeError {
    /// Usage that was not rated yet, or whose posting is missing.
    #[error("the usage at position {0} is not rated")]
    NotRated(u64),
    /// An amount does not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
}

/// What was used of one thing at one price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it belongs.
    pub project: ProjectId,
    /// What it is a measure of.
    pub item: Item,
    /// What was used.
    pub resource: Resource,
    /// Why it is charged, or is not.
    pub basis: Basis,
    /// The price; `None` where it is not charged.
    pub price: Option<Price>,
    /// From the first service to the last.
    pub service: Interval,
    /// Microseconds times units, or millionths of a unit. Below zero where unknown time of an
    /// earlier invoice is taken back.
    pub measure: i128,
    /// The price times the measure, rounded half to even: the one rounding.
    pub amount: Amount,
    /// Positions of the usage.
    pub usage: BTreeSet<u64>,
    /// Positions of the postings that rated it, whose prices it has.
    pub postings: BTreeSet<u64>,
}

/// An invoice. Its bytes are [`Document::canonical`].
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// What it is computed for.
    pub terms: Terms,
    /// What was used in the period.
    pub lines: Vec<Line>,
    /// What became known of service that earlier invoices billed.
    pub late_lines: Vec<Line>,
    /// The sum of all lines.
    pub total: Amount,
}

/// What makes a line, and the order of lines.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    project: ProjectId,
    item: Item,
    resource: Resource,
    basis: Basis,
    price: Option<Price>,
}

/// What is summed up for a line.
#[derive(Debug)]
struct Sum {
    service: Interval,
    measure: i128,
    usage: BTreeSet<u64>,
    postings: BTreeSet<u64>,
}

/// The invoice on these terms.
pub fn compute(terms: &Terms, books: &Books) -> Result<Document, ComputeError> {
    let earlier = Interval::new(terms.late_from, terms.period.from);
    let lines = lines(terms, books, 0, terms.period)?;
    let late_lines = self::lines(terms, books, terms.late_after, earlier)?;
    let total = Amount::sum(lines.iter().chain(&late_lines).map(|line| line.amount))?;
    Ok(Document { terms: terms.clone(), lines, late_lines, total })
}

/// The lines of service within a window, from usage after a position.
fn lines(terms: &Terms, books: &Books, after: u64, window: Interval) -> Result<Vec<Line>, ComputeError> {
    let mut sums: BTreeMap<Key, Sum> = BTreeMap::new();
    for (position, usage) in books.usage_through(terms.through).filter(|(position, _)| *position > after) {
        let (posting, prices) = books.rated(position).ok_or(ComputeError::NotRated(position))?;
        let (project, resource) = (usage.project(), usage.resource());
        for Charge { item, basis, price, service, measure } in usage.charges(prices, window) {
            let key = Key { project, item, resource: resource.clone(), basis, price };
            let none = || Sum { service, measure: 0, usage: BTreeSet::new(), postings: BTreeSet::new() };
            let sum = sums.entry(key).or_insert_with(none);
            sum.service = sum.service.hull(service);
            sum.measure = sum.measure.checked_add(measure).ok_or(TooLarge)?;
            sum.usage.insert(position);
            sum.postings.insert(posting);
        }
    }
    // Unknown time that was attested in the end leaves nothing to show.
    sums.into_iter().filter(|(_, sum)| sum.measure != 0).map(line).collect()
}

fn line((key, sum): (Key, Sum)) -> Result<Line, ComputeError> {
    let Key { project, item, resource, basis, price } = key;
    let Sum { service, measure, usage, postings } = sum;
    let amount = rating::amount(item, price, measure)?;
    Ok(Line { project, item, resource, basis, price, service, measure, amount, usage, postings })
}
