//! Which prices count for whom, now. An organization without an account will have the
//! standard price book.

use gpuaas_commands::Effects as _;
use gpuaas_commands::handlers::price_book::STANDARD;
use gpuaas_domain::id::{OrganizationId, PriceBookId, SkuId, TypedId as _};
use gpuaas_domain::ledger::Ledger;
use gpuaas_domain::money::Currency;
use gpuaas_domain::price_book::{Details, NAME_CLAIM, PriceBook};
use gpuaas_log::append::Name;

use crate::app::App;
use crate::http::Problem;
use crate::views::sku::HourlyPrice;

/// The prices that count for somebody.
pub(super) struct Prices {
    book: PriceBookId,
    currency: Currency,
    details: Details,
}

impl Prices {
    /// Those of an organization's account, or the standard ones; `None` if there is no such book.
    pub(super) async fn of(app: &App, organization: Option<OrganizationId>) -> Result<Option<Self>, Problem> {
        let account = match organization {
            None => None,
            Some(organization) => match app.engine.state::<Ledger>(organization).await?.0 {
                Ledger::Absent => None,
                Ledger::Open(account) => Some((account.price_book, account.currency)),
            },
        };
        let book = match account {
            Some((book, _)) => Some(book),
            None => standard(app).await?,
        };
        let Some(book) = book else { return Ok(None) };
        Ok(match app.engine.state::<PriceBook>(book).await?.0 {
            PriceBook::Absent => None,
            PriceBook::Active(details) => {
                let currency = account.map_or(details.currency, |(_, currency)| currency);
                Some(Self { book, currency, details })
            }
        })
    }

    /// What an hour of a SKU costs now.
    pub(super) fn per_hour(&self, app: &App, sku: SkuId) -> Option<HourlyPrice> {
        let price = self.details.price_per_hour(sku, self.currency, app.now())?;
        let (currency, per_hour) = (self.currency.to_string(), price.to_string());
        Some(HourlyPrice { price_book_id: self.book, currency, per_hour })
    }
}

async fn standard(app: &App) -> Result<Option<PriceBookId>, Problem> {
    let hash = app.world.claim_key().claim(None, NAME_CLAIM, STANDARD);
    let holder = app.engine.log().claim_holder(Name::Borrowed(NAME_CLAIM), hash).await.map_err(Problem::unavailable)?;
    Ok(holder.map(|stream| PriceBookId::from_uuid(stream.id)))
}
