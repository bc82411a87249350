//! Usage, prices, ledgers and invoices, as resources. What is summed up over them is not here.

use gpuaas_domain::id::TypedId as _;
use gpuaas_domain::invoice::Invoice;
use gpuaas_domain::ledger::Ledger;
use gpuaas_domain::price_book::PriceBook;
use gpuaas_domain::usage::Usage;
use gpuaas_domain::usage_event::UsageEvent;
use gpuaas_domain::usage_unit::UsageUnit;

use super::Columns;

pub(super) fn usage_unit(state: &UsageUnit) -> Option<Columns> {
    let status = match state {
        UsageUnit::Absent => return None,
        UsageUnit::Registered(_) => "registered",
        UsageUnit::Retired(_) => "retired",
    };
    Some(Columns::with_status(status).named(&state.details()?.name))
}

/// Hangs on its unit, and is named as its source names it.
pub(super) fn usage_event(state: &UsageEvent) -> Option<Columns> {
    match state {
        UsageEvent::Absent => None,
        UsageEvent::Recorded(recorded) => {
            let columns = Columns::with_status("recorded").of_organization(recorded.organization);
            let columns = columns.in_project(Some(recorded.project)).on(recorded.unit.uuid());
            Some(columns.named(&recorded.source_event))
        }
    }
}

/// Has its allocation's id, and hangs on the SKU.
pub(super) fn usage(state: &Usage) -> Option<Columns> {
    match state {
        Usage::Absent => None,
        Usage::Metered { subject, .. } => {
            let columns = Columns::with_status("metered").of_organization(subject.organization);
            Some(columns.in_project(Some(subject.project)).on(subject.sku.uuid()))
        }
    }
}

pub(super) fn price_book(state: &PriceBook) -> Option<Columns> {
    match state {
        PriceBook::Absent => None,
        PriceBook::Active(details) => Some(Columns::with_status("active").named(&details.name)),
    }
}

/// Has its organization's id, and hangs on its price book.
pub(super) fn ledger(state: &Ledger) -> Option<Columns> {
    match state {
        Ledger::Absent => None,
        Ledger::Open(details) => {
            let columns = Columns::with_status("open").of_organization(details.organization);
            Some(columns.on(details.price_book.uuid()))
        }
    }
}

pub(super) fn invoice(state: &Invoice) -> Option<Columns> {
    match state {
        Invoice::Absent => None,
        Invoice::Issued(issued) => Some(Columns::with_status("issued").of_organization(issued.terms.organization)),
    }
}
