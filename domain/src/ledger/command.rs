//! What can be asked of a ledger, and why it refuses.

use super::event::Opened;
use super::posting::{MAX_BATCH, MAX_PRICES, NumberedUsage};
use crate::aggregate::Rejected;
use crate::code::Code;
use crate::fixed::Digest;
use crate::id::InvoiceId;
use crate::interval::Interval;
use crate::money::{Amount, TooLarge};
use crate::price_book::PriceInForce;
use crate::time::Timestamp;

/// What can be asked of a ledger.
#[derive(Debug, Clone)]
pub enum Command {
    /// Open it.
    Open(Opened),
    /// Rate usage: all that the organization has from the first to the last position given.
    Post {
        /// The usage, in order.
        usage: Vec<NumberedUsage>,
        /// The prices in force in its service periods.
        prices: Vec<PriceInForce>,
        /// RFC 6962 root over the hashes of the entries.
        root: Digest,
    },
    /// Bill a period.
    Invoice {
        /// The invoice.
        invoice: InvoiceId,
        /// What it bills.
        period: Interval,
        /// What it comes to.
        total: Amount,
    },
}

/// Why a ledger refuses.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// It is not open.
    #[error("the organization has no account yet; open one with a price book and a currency")]
    NotOpen,
    /// It is open with another price book or currency.
    #[error("the account is open with another price book or currency, which it keeps")]
    OpenOtherwise,
    /// Usage is not in order, or some of it is rated already.
    #[error("usage up to position {through} is rated already; go on from there")]
    AlreadyRated {
        /// Position of the last usage that is.
        through: u64,
    },
    /// Usage of another organization.
    #[error("usage is rated in the ledger of the organization that it belongs to")]
    Foreign,
    /// More than one entry of the log has room for.
    #[error("a batch has at most {MAX_BATCH} entries of usage and {MAX_PRICES} prices; rate fewer at a time")]
    TooMany,
    /// An amount does not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The period has no length.
    #[error("the period ends before it begins")]
    EmptyPeriod,
    /// Some of the period is invoiced.
    #[error("time up to {until} is invoiced already; begin there")]
    Overlap {
        /// Up to where it is.
        until: Timestamp,
    },
    /// The period begins after the end of the last one.
    #[error("invoices follow one another; begin at {until}, where the last one ends")]
    Gap {
        /// Where it ends.
        until: Timestamp,
    },
}

impl Rejected for Rejection {
    fn code(&self) -> Code {
        match self {
            Self::NotOpen => Code::AccountNotOpen,
            Self::OpenOtherwise => Code::AlreadyExists,
            Self::AlreadyRated { .. } => Code::UsageAlreadyRated,
            Self::Foreign | Self::EmptyPeriod => Code::InvalidField,
            Self::TooMany => Code::BodyTooLarge,
            Self::TooLarge(_) => Code::AmountTooLarge,
            Self::Overlap { .. } => Code::InvoiceOverlaps,
            Self::Gap { .. } => Code::InvoiceGap,
        }
    }
}
