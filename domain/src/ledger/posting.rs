//! From rated usage to balanced postings.

use super::Details;
use super::command::Rejection;
use super::event::{Account, Entry, Posted, Posting, UsageRange};
use crate::fixed::Digest;
use crate::interval::Interval;
use crate::money::{Amount, TooLarge};
use crate::price_book::{PriceInForce, Prices};
use crate::rating::{self, Usage};
use crate::time::Timestamp;

/// Most entries of usage in a batch, so that it stays below the size of an entry.
pub const MAX_BATCH: usize = 100;
/// Most prices in a batch.
pub const MAX_PRICES: usize = 200;

/// An entry of usage and where it stands in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberedUsage {
    /// Its position.
    pub position: u64,
    /// For a correction: position of the entry that it corrects.
    pub corrects: Option<u64>,
    /// The usage.
    pub usage: Usage,
}

/// The postings of usage at these prices, one for each entry.
pub fn postings(usage: &[NumberedUsage], prices: &[PriceInForce]) -> Result<Vec<Posting>, TooLarge> {
    const ALWAYS: Interval = Interval { from: Timestamp(0), until: Timestamp::MAX };
    let posting = |numbered: &NumberedUsage| {
        let NumberedUsage { position, corrects, usage } = numbered;
        let amount = rating::total(usage.item(), &usage.charges(Prices::new(prices), ALWAYS))?;
        let entries = transfer(Account::Revenue, Account::Accrued, amount)?;
        Ok(Posting { usage: *position, corrects: *corrects, service: usage.service(), entries })
    };
    usage.iter().map(posting).collect()
}

/// Takes an amount from one account and puts it on another.
pub(super) fn transfer(from: Account, to: Account, amount: Amount) -> Result<Vec<Entry>, TooLarge> {
    Ok(vec![Entry { account: to, amount }, Entry { account: from, amount: amount.negated()? }])
}

/// Rates a batch; `None` if there is nothing to rate.
pub(super) fn post(
    details: &Details,
    usage: &[NumberedUsage],
    prices: Vec<PriceInForce>,
    root: Digest,
) -> Result<Option<Posted>, Rejection> {
    let (Some(first), Some(last)) = (usage.first(), usage.last()) else { return Ok(None) };
    if usage.len() > MAX_BATCH || prices.len() > MAX_PRICES {
        return Err(Rejection::TooMany);
    }
    let in_order = usage.windows(2).all(|pair| pair[0].position < pair[1].position);
    if first.position <= details.rated_through || !in_order {
        return Err(Rejection::AlreadyRated { through: details.rated_through });
    }
    if usage.iter().any(|numbered| numbered.usage.organization() != details.organization) {
        return Err(Rejection::Foreign);
    }
    let range = UsageRange { first: first.position, last: last.position, count: usage.len() as u64, root };
    let postings = postings(usage, &prices)?;
    Ok(Some(Posted { usage: range, prices, postings }))
}
