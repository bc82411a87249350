//! Commands on price books.

use async_trait::async_trait;
use gpuaas_domain::Timestamp;
use gpuaas_domain::id::{PriceBookId, TypedId};
use gpuaas_domain::money::Currency;
use gpuaas_domain::price_book::{self, Item, NAME_CLAIM, PriceBook, PriceWithdrawn};
use gpuaas_domain::sku::Sku;
use gpuaas_domain::usage_unit::{self, UsageUnit};
use gpuaas_log::append::StreamId;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Unit};
use crate::refusal::Refusal;

/// Name of the price book with which the account of an organization is opened when its first
/// usage is rated.
pub const STANDARD: &str = "standard";

/// Makes a price book.
#[derive(Debug, Clone)]
pub struct CreatePriceBook {
    /// Unique name; [`STANDARD`] is the one for everybody who has no other.
    pub name: String,
    /// The currency in which accounts are opened with it.
    pub currency: Currency,
}

#[async_trait]
impl Command for CreatePriceBook {
    const NAME: &'static str = "price_book.create";
    type Aggregate = PriceBook;

    fn serialize_on(&self) -> Vec<StreamId> {
        Vec::new()
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<PriceBookId, Refusal> {
        unit.authorize(Action::CreatePriceBook, Scope::Platform).await?;
        let id: PriceBookId = unit.new_id();
        unit.take(None, NAME_CLAIM, "name", &self.name);
        let Self { name, currency } = self.clone();
        unit.decide::<PriceBook>(id, None, price_book::Command::Create { name, currency }).await?;
        Ok(id)
    }
}

/// Sets a price, from now on or from a later time.
#[derive(Debug, Clone)]
pub struct SetPrice {
    /// In which book.
    pub id: PriceBookId,
    /// Of what.
    pub item: Item,
    /// In which money; `None`: the book's own.
    pub currency: Option<Currency>,
    /// What an hour or a unit costs: a decimal.
    pub price: String,
    /// Since when; `None`: now.
    pub effective_from: Option<Timestamp>,
}

#[async_trait]
impl Command for SetPrice {
    const NAME: &'static str = "price_book.set_price";
    type Aggregate = PriceBook;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![stream(self.id)]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<PriceBookId, Refusal> {
        unit.authorize(Action::SetPrice, Scope::Platform).await?;
        let book = unit.load::<PriceBook>(self.id).await?;
        let currency = self.currency.unwrap_or(book.require_active()?.currency);
        require_item(unit, self.item).await?;
        let Self { item, effective_from, .. } = *self;
        let (price, now) = (self.price.clone(), unit.now());
        let set = price_book::Command::SetPrice { item, currency, price, effective_from, now };
        unit.decide::<PriceBook>(self.id, None, set).await?;
        Ok(self.id)
    }
}

/// Takes back a price that does not hold yet.
#[derive(Debug, Clone)]
pub struct WithdrawPrice {
    /// From which book.
    pub id: PriceBookId,
    /// Of what.
    pub item: Item,
    /// In which money; `None`: the book's own.
    pub currency: Option<Currency>,
    /// Since when it would have held.
    pub effective_from: Timestamp,
}

#[async_trait]
impl Command for WithdrawPrice {
    const NAME: &'static str = "price_book.withdraw_price";
    type Aggregate = PriceBook;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![stream(self.id)]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<PriceBookId, Refusal> {
        unit.authorize(Action::WithdrawPrice, Scope::Platform).await?;
        let book = unit.load::<PriceBook>(self.id).await?;
        let currency = self.currency.unwrap_or(book.require_active()?.currency);
        let Self { item, effective_from, .. } = *self;
        let withdrawn = PriceWithdrawn { item, currency, effective_from };
        let withdraw = price_book::Command::WithdrawPrice { withdrawn, now: unit.now() };
        unit.decide::<PriceBook>(self.id, None, withdraw).await?;
        Ok(self.id)
    }
}

fn stream(id: PriceBookId) -> StreamId {
    StreamId::new("price_book", id.uuid())
}

/// Fails if there is no such thing to be priced. What is there stays there, retired at most.
async fn require_item(unit: &mut Unit<'_>, item: Item) -> Result<(), Refusal> {
    match item {
        Item::Sku(id) => {
            let sku = unit.load::<Sku>(id).await?;
            sku.details().map(drop).ok_or_else(|| Refusal::not_found("SKU"))
        }
        Item::Unit(id) => {
            let usage_unit = unit.load::<UsageUnit>(id).await?;
            usage_unit.details().map(drop).ok_or_else(|| usage_unit::Rejection::Unknown.into())
        }
    }
}
