//! `gpuaas ledgers`: the accounts of organizations.

use clap::Subcommand;
use gpuaas_sdk::{Ledger, LedgerEntry, ListLedgerPostingsQuery, NewLedger, Posting};

use super::change::Change;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, millionths, moment, money};

/// Ledgers: what an organization owes, and why.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Opens an organization's account at the prices of a book.
    Open {
        /// The organization's slug or id.
        organization: String,
        /// The price book's name or id.
        #[arg(long, value_name = "BOOK", default_value = "standard")]
        price_book: String,
        /// In which currency, by ISO 4217; by default the book's.
        #[arg(long)]
        currency: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Shows an organization's account.
    Show {
        /// The organization's slug or id.
        organization: String,
    },
    /// Lists what was posted to an organization's account.
    Postings {
        /// The organization's slug or id.
        organization: String,
    },
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        match self {
            Self::Open { organization, price_book, currency, change } => {
                let organization = resolve::organization(client, &organization).await?;
                let body = NewLedger { currency, price_book_id: resolve::price_book(client, &price_book).await? };
                output::one(*format, &client.open_ledger(&organization, &body, &change.mutation()).await?.value)
            }
            Self::Show { organization } => {
                let organization = resolve::organization(client, &organization).await?;
                output::one(*format, &client.get_ledger(&organization).await?.value)
            }
            Self::Postings { organization } => {
                let organization = resolve::organization(client, &organization).await?;
                let found = pages::all(async |cursor| {
                    let query = ListLedgerPostingsQuery { cursor, limit: pages::LIMIT };
                    let page = client.list_ledger_postings(&organization, &query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                output::list(*format, &found.await?)
            }
        }
    }
}

impl Show for Ledger {
    const COLUMNS: &'static [&'static str] = &["ORGANIZATION", "CURRENCY", "PRICE BOOK", "RATED THROUGH"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.organization_id.clone(),
            self.currency.clone(),
            self.price_book_id.clone(),
            self.rated_through.to_string(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let balances = self.balances.iter();
        let balances =
            balances.map(|(account, amount)| ("balance", format!("{account}: {}", money(amount, &self.currency))));
        let invoiced = self.invoiced.as_ref().map(|time| format!("{} to {}", moment(&time.from), moment(&time.to)));
        balances.chain(invoiced.map(|time| ("invoiced", time))).collect()
    }
}

impl Show for LedgerEntry {
    const COLUMNS: &'static [&'static str] = &["POSITION", "RECORDED", "FOR", "USAGE", "AMOUNTS"];

    fn cells(&self) -> Vec<String> {
        let usage: Vec<String> =
            self.postings.iter().filter_map(|posting| posting.usage.map(|at| at.to_string())).collect();
        vec![
            self.position.to_string(),
            moment(&self.recorded_at),
            self.invoice_id.clone().unwrap_or_else(|| "usage".to_owned()),
            if usage.is_empty() { "-".to_owned() } else { usage.join(", ") },
            self.postings.iter().map(amounts).collect::<Vec<_>>().join("; "),
        ]
    }
}

/// The accounts of a posting with what goes there: a debit above zero, a credit below.
fn amounts(posting: &Posting) -> String {
    let entries = posting.entries.iter();
    let entries: Vec<String> =
        entries.map(|entry| format!("{} {}", entry.account, millionths(&entry.amount))).collect();
    entries.join(", ")
}
