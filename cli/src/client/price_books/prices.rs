//! The prices of a book.

use clap::{Args, Subcommand};
use gpuaas_sdk::{NewPrice, PriceWithdrawal};

use super::item;
use crate::client::change::Change;
use crate::client::{Ask, Session, resolve};
use crate::output::{self, Failure};

/// What is done with prices.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sets a price from a moment on. It holds until the next one begins; none is set for the past.
    SetPrice {
        /// The price book's name or id.
        book: String,
        /// What an hour of the SKU or one of the unit costs: a decimal.
        #[arg(allow_negative_numbers = true)]
        price: String,
        #[command(flatten)]
        item: Item,
        /// Since when, as 2026-11-01T00:00:00Z; by default now.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// In which currency, by ISO 4217; by default the book's.
        #[arg(long)]
        currency: Option<String>,
        #[command(flatten)]
        change: Change,
    },
    /// Takes a price back that does not hold yet.
    WithdrawPrice {
        /// The price book's name or id.
        book: String,
        #[command(flatten)]
        item: Item,
        /// Since when it would have held, as 2026-11-01T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        from: String,
        /// In which currency, by ISO 4217; by default the book's.
        #[arg(long)]
        currency: Option<String>,
        #[command(flatten)]
        change: Change,
    },
}

/// What has the price.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Item {
    /// A SKU, by name or id, priced by the hour.
    #[arg(long)]
    sku: Option<String>,
    /// A usage unit, by name or id.
    #[arg(long)]
    unit: Option<String>,
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let book = match self {
            Self::SetPrice { book, price, item: Item { sku, unit }, from: effective_from, currency, change } => {
                let item = item(session, sku, unit).await?;
                let book = resolve::price_book(client, &book).await?;
                let body = NewPrice { currency, effective_from, item, price };
                client.set_price(&book, &body, &change.mutation()).await?
            }
            Self::WithdrawPrice { book, item: Item { sku, unit }, from: effective_from, currency, change } => {
                let item = item(session, sku, unit).await?;
                let book = resolve::price_book(client, &book).await?;
                let body = PriceWithdrawal { currency, effective_from, item };
                client.withdraw_price(&book, &body, &change.mutation()).await?
            }
        };
        output::one(*format, &book.value)
    }
}
