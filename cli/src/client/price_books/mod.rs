//! `gpuaas price-books`: what things cost, and since when.

mod prices;

use clap::Subcommand;
use gpuaas_sdk::{ListPriceBooksQuery, NewPriceBook, Price, PriceBook, PricedItem};

use super::change::Change;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// Price books: what an hour of a SKU and one of a usage unit costs, and since when.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a price book. The one called `standard` is for every organization that has no other.
    Create {
        /// Its unique name: lowercase letters, digits and single hyphens.
        name: String,
        /// The currency in which accounts are opened, by ISO 4217.
        #[arg(long)]
        currency: String,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the price books.
    List,
    /// Shows a price book with every price.
    Show {
        /// Its name or id.
        book: String,
    },
    #[command(flatten)]
    Prices(prices::Command),
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        match self {
            Self::Prices(command) => command.ask(session).await,
            Self::Create { name, currency, change } => {
                let body = NewPriceBook { currency, name };
                output::one(*format, &client.create_price_book(&body, &change.mutation()).await?.value)
            }
            Self::List => {
                let found = pages::all(async |cursor| {
                    let query = ListPriceBooksQuery { cursor, limit: pages::LIMIT, ..Default::default() };
                    let page = client.list_price_books(&query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                output::list(*format, &found.await?)
            }
            Self::Show { book } => {
                let id = resolve::price_book(client, &book).await?;
                output::one(*format, &client.get_price_book(&id).await?.value)
            }
        }
    }
}

impl Show for PriceBook {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "CURRENCY", "PRICES", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.name.clone(),
            self.currency.clone(),
            self.prices.len().to_string(),
            moment(&self.created_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let updated = [("updated", moment(&self.updated_at))].into_iter();
        updated.chain(self.prices.iter().map(|each| ("price", price(each)))).collect()
    }
}

fn price(price: &Price) -> String {
    let Price { currency, effective_from, item, price } = price;
    let (item, per) = match (&item.sku_id, &item.usage_unit_id) {
        (Some(sku), _) => (sku.as_str(), " per hour"),
        (None, Some(unit)) => (unit.as_str(), ""),
        (None, None) => ("-", ""),
    };
    format!("{item}: {price} {currency}{per} from {}", moment(effective_from))
}

/// The thing that has a price.
async fn item(session: &Session, sku: Option<String>, unit: Option<String>) -> Result<PricedItem, Failure> {
    let mut item = PricedItem { sku_id: None, usage_unit_id: None };
    if let Some(sku) = sku {
        item.sku_id = Some(resolve::sku(&session.client, &sku).await?);
    }
    if let Some(unit) = unit {
        item.usage_unit_id = Some(resolve::usage_unit(&session.client, &unit).await?);
    }
    Ok(item)
}
