//! An invoice: what an organization used in an interval and what that costs, computed from
//! its history and from nothing else.
//!
//! | state | command | events | next |
//! |---|---|---|---|
//! | Absent | Issue | `invoice.issued` | Issued |
//! | Issued | Issue, the same again | none | Issued |
//!
//! [`compute`] makes the document of any interval from the [`Books`]; nothing in it depends
//! on when or by whom it is made, and [`Document::canonical`] are its bytes. Issuing fixes
//! the [`Terms`] and the digest of those bytes; the document travels as a blob, and a
//! reconstruction never reads it.

mod books;
mod canonical;
mod document;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::aggregate::{Aggregate, Rejected};
use crate::code::Code;
use crate::event::{events, fields};
use crate::fixed::Digest;
use crate::id::{InvoiceId, OrganizationId};
use crate::interval::Interval;
use crate::money::{Amount, Currency};
use crate::time::Timestamp;

pub use books::Books;
pub use document::{ComputeError, Document, Line, compute};

fields! {
    /// What an invoice is computed for.
    pub struct Terms {
        /// Who pays.
        pub organization: OrganizationId,
        /// In which money.
        pub currency: Currency,
        /// The service period that is billed.
        pub period: Interval,
        /// Position up to which usage is considered.
        pub through: u64,
        /// Since when service is billed by earlier invoices; the period's beginning if by none.
        pub late_from: Timestamp,
        /// Position after which usage of that earlier service is billed here: earlier invoices
        /// considered what is before it.
        pub late_after: u64,
    }

    /// The invoice was issued.
    pub struct Issued {
        /// What it was computed for.
        pub terms: Terms,
        /// How many lines it has, late ones among them.
        pub lines: u64,
        /// What it comes to.
        pub total: Amount,
        /// BLAKE3 digest of its canonical bytes, which are a blob of this name.
        pub document: Digest,
    }
}

events! {
    /// What can happen to an invoice.
    pub enum Event {
        /// It was issued.
        Issued(Issued) = "invoice.issued", 1, blobs ["document"];
    }
}

/// What can be asked of an invoice.
#[derive(Debug, Clone)]
pub enum Command {
    /// Issue it, as it was computed.
    Issue {
        /// What it says.
        issued: Issued,
        /// When this is asked.
        now: Timestamp,
    },
}

/// Why an invoice refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It was issued with other contents.
    #[error("this invoice exists already, with other contents")]
    Exists,
    /// The interval has not ended.
    #[error("an invoice is issued when its interval has ended")]
    Future,
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::Exists => Code::AlreadyExists,
            Self::Future => Code::InvoiceInFuture,
        }
    }
}

/// The state of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Invoice {
    /// No entry yet.
    #[default]
    Absent,
    /// It was issued.
    Issued(Issued),
}

impl Aggregate for Invoice {
    const KIND: &'static str = "invoice";
    type Id = InvoiceId;
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn decide(&self, command: Command) -> Result<Vec<Event>, Rejection> {
        let Command::Issue { issued, now } = command;
        match self {
            Self::Issued(known) if *known == issued => Ok(vec![]),
            Self::Issued(_) => Err(Rejection::Exists),
            Self::Absent if issued.terms.period.until > now => Err(Rejection::Future),
            Self::Absent => Ok(vec![issued.into()]),
        }
    }

    fn evolve(self, event: &Event) -> Self {
        let Event::Issued(issued) = event;
        Self::Issued(issued.clone())
    }
}
