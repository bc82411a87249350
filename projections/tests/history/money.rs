//! Usage, prices, ledgers and invoices.

use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AllocationId, InvoiceId, OrganizationId, PriceBookId, SkuId, TypedId, UsageUnitId};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::invoice::{self, Terms};
use gpuaas_domain::label::Label;
use gpuaas_domain::money::Amount;
use gpuaas_domain::price_book::{self, Item};
use gpuaas_domain::usage::{self, Meter, Subject};
use gpuaas_domain::usage_unit::Dimension;
use gpuaas_domain::{Kind, Timestamp, ledger, usage_event, usage_unit};
use uuid::Uuid;

use super::{Chance, Step};

/// After everything else.
const NOW: Timestamp = Timestamp(1 << 50);

fn until(end: u64) -> Interval {
    Interval::new(Timestamp(0), Timestamp(end))
}

pub(super) fn label<const MAX: usize>(text: impl Into<String>) -> Label<MAX> {
    Label::new("label", text).unwrap()
}

impl Chance {
    pub(super) fn money(&mut self) -> Option<Step> {
        match self.below(8) {
            0 => self.usage_unit(),
            1 => self.usage_event(),
            2 => self.meter(),
            3 => self.create_price_book(),
            4 => self.set_price(),
            5 => self.open_ledger(),
            6 => self.bill(),
            _ => self.issue_invoice(),
        }
    }

    fn usage_unit(&mut self) -> Option<Step> {
        let known = self.any(Kind::UsageUnit).filter(|_| self.below(2) == 0);
        let command = match known {
            Some(_) => usage_unit::Command::Retire,
            None => usage_unit::Command::Register {
                name: self.slug(),
                product: "tokens".into(),
                description: "One token.".into(),
                dimension: Dimension::Count,
            },
        };
        let id: UsageUnitId = known.unwrap_or_else(|| self.fresh());
        self.world.decide::<usage_unit::UsageUnit>(id, None, command)
    }

    fn usage_event(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let recorded = usage_event::Recorded {
            organization,
            project,
            unit: self.any(Kind::UsageUnit)?,
            product: label("tokens"),
            source: label("gateway"),
            source_event: label(self.slug()),
            resource_type: label("model"),
            resource: label("m-1"),
            quantity: "12.5".parse().unwrap(),
            service: until(1 + self.below(1000)),
            idempotency_key: label(self.slug()),
            request: None,
            metadata: [(label("region"), label("eu"))].into(),
        };
        let id = self.fresh();
        let command = usage_event::Command::Record { recorded, now: NOW };
        self.world.decide::<usage_event::UsageEvent>(id, Some(organization.uuid()), command)
    }

    /// An allocation is of one project: its id is the project's.
    fn meter(&mut self) -> Option<Step> {
        let (organization, project) = self.any_project()?;
        let id = AllocationId::from_uuid(project.uuid());
        let sku = SkuId::from_uuid(Uuid::from_u128(1));
        let end = self.below(1 << 40);
        let meter = Meter {
            subject: Subject { allocation: id, organization, project, sku, units: 2 },
            active: until(end).into(),
            attested: until(end / 2).into(),
            attestations: 1,
            until: Timestamp(end),
        };
        self.world.decide::<usage::Usage>(id, Some(organization.uuid()), usage::Command::Meter(meter))
    }

    fn create_price_book(&mut self) -> Option<Step> {
        let id: PriceBookId = self.fresh();
        let command = price_book::Command::Create { name: self.slug(), currency: "EUR".parse().unwrap() };
        self.world.decide::<price_book::PriceBook>(id, None, command)
    }

    fn set_price(&mut self) -> Option<Step> {
        let id: PriceBookId = self.any(Kind::PriceBook)?;
        let command = price_book::Command::SetPrice {
            item: Item::Sku(SkuId::from_uuid(Uuid::from_u128(u128::from(1 + self.below(3))))),
            currency: "EUR".parse().unwrap(),
            price: "2.5".parse().unwrap(),
            effective_from: Some(Timestamp(self.below(1 << 40))),
            now: Timestamp(0),
        };
        self.world.decide::<price_book::PriceBook>(id, None, command)
    }

    fn open_ledger(&mut self) -> Option<Step> {
        let id: OrganizationId = self.any(Kind::Organization)?;
        let price_book = self.any(Kind::PriceBook)?;
        let opened = ledger::Opened { organization: id, price_book, currency: "EUR".parse().unwrap() };
        self.world.decide::<ledger::Ledger>(id, Some(id.uuid()), ledger::Command::Open(opened))
    }

    fn bill(&mut self) -> Option<Step> {
        let id: OrganizationId = self.any(Kind::Ledger)?;
        let period = until(1 + self.below(1 << 40));
        let command = ledger::Command::Invoice { invoice: self.fresh(), period, total: Amount(70) };
        self.world.decide::<ledger::Ledger>(id, Some(id.uuid()), command)
    }

    fn issue_invoice(&mut self) -> Option<Step> {
        let organization: OrganizationId = self.any(Kind::Organization)?;
        let terms = Terms {
            organization,
            currency: "EUR".parse().unwrap(),
            period: until(1 + self.below(1 << 40)),
            through: 7,
            late_from: Timestamp(0),
            late_after: 0,
        };
        let issued = invoice::Issued { terms, lines: 1, total: Amount(-70), document: Digest([8; 32]) };
        let id: InvoiceId = self.fresh();
        let command = invoice::Command::Issue { issued, now: NOW };
        self.world.decide::<invoice::Invoice>(id, Some(organization.uuid()), command)
    }
}
