//! Commands on ledgers: opening an account, and rating usage.

use async_trait::async_trait;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{OrganizationId, PriceBookId, TypedId};
use gpuaas_domain::ledger::{self, Ledger, MAX_BATCH, NumberedUsage, Opened};
use gpuaas_domain::money::Currency;
use gpuaas_domain::price_book::{self, PriceBook};
use gpuaas_domain::rating::{self, Usage};
use gpuaas_domain::{AnyEvent, Code, Kind, usage, usage_event};
use gpuaas_log::append::StreamId;
use gpuaas_log::tree::{Frontier, leaf_hash};

use super::price_book::STANDARD;
use crate::authorization::{Action, Scope};
use crate::engine::{Command, Happened, Unit};
use crate::refusal::Refusal;

/// Opens the account of an organization, with a price book and a currency that it keeps.
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// Whose.
    pub organization: OrganizationId,
    /// Whose prices count.
    pub price_book: PriceBookId,
    /// In which money; `None`: the book's.
    pub currency: Option<Currency>,
}

#[async_trait]
impl Command for OpenAccount {
    const NAME: &'static str = "ledger.open";
    type Aggregate = Ledger;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![stream(self.organization)]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<OrganizationId, Refusal> {
        unit.authorize(Action::OpenAccount, Scope::Platform).await?;
        super::organization(unit, self.organization).await?;
        open(unit, self.organization, self.price_book, self.currency).await?;
        Ok(self.organization)
    }
}

/// Rates all usage of an organization up to a position that is not rated yet.
#[derive(Debug, Clone)]
pub struct RateUsage {
    /// Whose.
    pub organization: OrganizationId,
    /// Up to where.
    pub through: u64,
}

#[async_trait]
impl Command for RateUsage {
    const NAME: &'static str = "ledger.rate";
    type Aggregate = Ledger;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![stream(self.organization)]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<OrganizationId, Refusal> {
        unit.authorize(Action::RateUsage, Scope::Platform).await?;
        let mut ledger = unit.load::<Ledger>(self.organization).await?;
        if ledger == Ledger::Absent {
            ledger = open(unit, self.organization, standard(unit).await?, None).await?;
        }
        let account = ledger.require_open()?.clone();
        let book = unit.load::<PriceBook>(account.price_book).await?;
        // A price that is set at this moment counts, or this is rated anew.
        unit.depend_on::<PriceBook>(account.price_book).await?;
        let span = (account.rated_through, self.through);
        let waiting = unit.history().owned(self.organization, &[Kind::Usage, Kind::UsageEvent], span).await?;
        for batch in waiting.chunks(MAX_BATCH) {
            let usage = numbered(unit, batch).await?;
            let used = usage.iter().map(|numbered| &numbered.usage);
            let prices = rating::prices_for(used, book.require_active()?, account.currency);
            let post = ledger::Command::Post { usage, prices, root: root(batch) };
            unit.decide::<Ledger>(self.organization, Some(self.organization), post).await?;
        }
        Ok(self.organization)
    }
}

fn stream(organization: OrganizationId) -> StreamId {
    StreamId::new("ledger", organization.uuid())
}

async fn open(
    unit: &mut Unit<'_>,
    organization: OrganizationId,
    price_book: PriceBookId,
    currency: Option<Currency>,
) -> Result<Ledger, Refusal> {
    let book = unit.load::<PriceBook>(price_book).await?;
    let currency = currency.unwrap_or(book.require_active()?.currency);
    let opened = Opened { organization, price_book, currency };
    unit.decide::<Ledger>(organization, Some(organization), ledger::Command::Open(opened)).await
}

/// The price book for everybody who has no other.
async fn standard(unit: &Unit<'_>) -> Result<PriceBookId, Refusal> {
    let holder = unit.holder(None, price_book::NAME_CLAIM, STANDARD).await?;
    holder.map(PriceBookId::from_uuid).ok_or_else(|| {
        let message = format!("the organization has no account and there is no price book {STANDARD:?}; make one");
        Refusal::new(Code::AccountNotOpen, message)
    })
}

/// Entries of usage as the ledger takes them.
async fn numbered(unit: &Unit<'_>, batch: &[Happened]) -> Result<Vec<NumberedUsage>, Refusal> {
    let mut all = Vec::with_capacity(batch.len());
    for Happened { position, event, .. } in batch {
        let (usage, corrects) = match event {
            AnyEvent::Usage(usage::Event::Metered(metered)) => (Usage::Metered(metered.clone()), None),
            AnyEvent::Usage(usage::Event::Corrected(corrected)) => {
                let allocation = corrected.subject.allocation;
                let metered = unit.history().version_of::<usage::Usage>(allocation, corrected.corrects).await?;
                (Usage::Corrected(corrected.clone()), Some(metered.position))
            }
            AnyEvent::UsageEvent(usage_event::Event::Recorded(recorded)) => (Usage::Reported(recorded.clone()), None),
            other => return Err(Refusal::internal(format!("{:?} is no usage", other.kind()))),
        };
        all.push(NumberedUsage { position: *position, corrects, usage });
    }
    Ok(all)
}

/// The root that names a batch (`docs/money.md`, section 2).
fn root(batch: &[Happened]) -> Digest {
    let mut tree = Frontier::new();
    for happened in batch {
        tree.push_hash(leaf_hash(&happened.hash.0));
    }
    Digest(tree.root().0)
}
