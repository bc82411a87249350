//! The account of an organization.

use std::collections::BTreeMap;

use gpuaas_domain::id::{InvoiceId, OrganizationId, PriceBookId};
use gpuaas_domain::ledger::{self, Account, Ledger};
use gpuaas_domain::money::Currency;
use gpuaas_domain::{Code, Timestamp};
use gpuaas_relay::moment;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::PeriodView;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// What an organization owes, in millionths of its currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ledger)]
pub struct LedgerView {
    /// Whose it is.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// Whose prices count.
    #[schema(value_type = vocabulary::PriceBookId)]
    pub price_book_id: PriceBookId,
    /// In which money, by ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// What stands on each account: millionths, a debit above zero. Their sum is zero.
    pub balances: BTreeMap<String, String>,
    /// Position in the log of the last usage that is rated; 0 before the first.
    pub rated_through: u64,
    /// What is invoiced, without a gap.
    pub invoiced: Option<PeriodView>,
}

/// An account to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLedger {
    /// Whose prices count.
    #[schema(value_type = vocabulary::PriceBookId)]
    pub price_book_id: PriceBookId,
    /// In which money, by ISO 4217; left out: the book's.
    #[schema(value_type = Option<String>, pattern = "^[A-Z]{3}$")]
    pub currency: Option<Currency>,
}

/// An entry of the ledger: a batch of usage that was rated, or an invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerEntry)]
pub struct LedgerEntryView {
    /// Where it stands in the log.
    pub position: u64,
    /// When it was recorded.
    #[schema(format = DateTime)]
    pub recorded_at: String,
    /// The invoice; null for usage that was rated.
    #[schema(value_type = Option<vocabulary::InvoiceId>)]
    pub invoice_id: Option<InvoiceId>,
    /// What was posted.
    pub postings: Vec<PostingView>,
}

/// A posting. Its entries come to zero.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Posting)]
pub struct PostingView {
    /// Position in the log of the usage; null for an invoice.
    pub usage: Option<u64>,
    /// Position in the log of the usage whose posting it corrects.
    pub corrects: Option<u64>,
    /// The service period.
    pub service: PeriodView,
    /// Where the amount goes.
    pub entries: Vec<EntryView>,
}

/// An amount on an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PostingEntry)]
pub struct EntryView {
    /// Where.
    #[schema(value_type = vocabulary::LedgerAccount)]
    pub account: Account,
    /// Millionths: a debit above zero, a credit below.
    #[schema(pattern = "^-?[0-9]+$")]
    pub amount: String,
}

impl LedgerView {
    /// The view of a ledger.
    pub fn of(resource: Resource<Ledger>) -> Result<Self, Problem> {
        let Ledger::Open(details) = resource.state else { return Err(Problem::of(Code::AccountNotOpen)) };
        let balances = details.balances.iter();
        Ok(Self {
            organization_id: details.organization,
            price_book_id: details.price_book,
            currency: details.currency.to_string(),
            balances: balances.map(|(account, amount)| (account.to_string(), amount.to_string())).collect(),
            rated_through: details.rated_through,
            invoiced: details.billed.map(|billed| PeriodView::of(billed.period)),
        })
    }
}

impl LedgerEntryView {
    /// The view of what happened to a ledger; `None` if nothing was posted.
    #[must_use]
    pub fn of(position: u64, recorded_at: Timestamp, event: &ledger::Event) -> Option<Self> {
        let recorded_at = moment::print(recorded_at);
        match event {
            ledger::Event::Opened(_) => None,
            ledger::Event::Posted(posted) => {
                let postings = posted.postings.iter().map(|posting| PostingView {
                    usage: Some(posting.usage),
                    corrects: posting.corrects,
                    service: PeriodView::of(posting.service),
                    entries: entries(&posting.entries),
                });
                Some(Self { position, recorded_at, invoice_id: None, postings: postings.collect() })
            }
            ledger::Event::Invoiced(invoiced) => {
                let (service, entries) = (PeriodView::of(invoiced.period), entries(&invoiced.entries));
                let postings = vec![PostingView { usage: None, corrects: None, service, entries }];
                Some(Self { position, recorded_at, invoice_id: Some(invoiced.invoice), postings })
            }
        }
    }
}

fn entries(entries: &[ledger::Entry]) -> Vec<EntryView> {
    let views = entries.iter();
    views.map(|entry| EntryView { account: entry.account, amount: entry.amount.to_string() }).collect()
}
