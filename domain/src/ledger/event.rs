//! What can happen to a ledger.

use crate::event::{events, fields, words};
use crate::fixed::Digest;
use crate::id::{InvoiceId, OrganizationId, PriceBookId};
use crate::interval::Interval;
use crate::money::{Amount, Currency};
use crate::price_book::PriceInForce;

words! {
    /// Where an amount stands.
    pub enum Account {
        /// Used and not invoiced yet. What rounding leaves stays here.
        Accrued = "accrued",
        /// Invoiced.
        Receivable = "receivable",
        /// Earned.
        Revenue = "revenue",
    }
}

fields! {
    /// The ledger is open from here on.
    pub struct Opened {
        /// Whose it is.
        pub organization: OrganizationId,
        /// Whose prices count.
        pub price_book: PriceBookId,
        /// In which money.
        pub currency: Currency,
    }

    /// Usage of the organization, by where it stands in the log.
    pub struct UsageRange {
        /// Position of the first entry.
        pub first: u64,
        /// Position of the last one.
        pub last: u64,
        /// How many entries of usage the organization has from the first to the last.
        pub count: u64,
        /// RFC 6962 root over the hashes of these entries, in order.
        pub root: Digest,
    }

    /// An amount on an account.
    pub struct Entry {
        /// Where.
        pub account: Account,
        /// A debit above zero, a credit below.
        pub amount: Amount,
    }

    /// What an entry of usage costs.
    pub struct Posting {
        /// Position of the usage.
        pub usage: u64,
        /// For a correction: position of the usage whose posting it corrects.
        pub corrects: Option<u64>,
        /// The service period.
        pub service: Interval,
        /// Where the amount goes. They come to zero.
        pub entries: Vec<Entry>,
    }

    /// Usage was rated.
    pub struct Posted {
        /// All usage that was.
        pub usage: UsageRange,
        /// The prices, by item and time.
        pub prices: Vec<PriceInForce>,
        /// One for each entry of usage, in order.
        pub postings: Vec<Posting>,
    }

    /// An invoice was issued.
    pub struct Invoiced {
        /// Which.
        pub invoice: InvoiceId,
        /// What it bills.
        pub period: Interval,
        /// Position up to which usage was considered.
        pub through: u64,
        /// Where the amount goes. They come to zero.
        pub entries: Vec<Entry>,
    }
}

events! {
    /// What can happen to a ledger.
    pub enum Event {
        /// It was opened.
        Opened(Opened) = "ledger.opened", 1;
        /// Usage was rated.
        Posted(Posted) = "ledger.posted", 1;
        /// An invoice was issued.
        Invoiced(Invoiced) = "ledger.invoiced", 1;
    }
}
