//! Issuing invoices, and computing them.

use async_trait::async_trait;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InvoiceId, OrganizationId, TypedId};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::invoice::{self, Books, ComputeError, Document, Invoice, Issued, Terms};
use gpuaas_domain::ledger::{self, Ledger, Posting};
use gpuaas_domain::{AnyEvent, Code, Rejected};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;

use crate::authorization::{Action, Scope};
use crate::engine::{Command, Engine, Happened, History, Unit};
use crate::refusal::Refusal;

/// Bills the next interval of an organization.
#[derive(Debug, Clone)]
pub struct IssueInvoice {
    /// Whose.
    pub organization: OrganizationId,
    /// The service period. It begins where the last invoice's ended.
    pub period: Interval,
}

#[async_trait]
impl Command for IssueInvoice {
    const NAME: &'static str = "invoice.issue";
    type Aggregate = Invoice;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("ledger", self.organization.uuid())]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InvoiceId, Refusal> {
        super::organization(unit, self.organization).await?;
        unit.authorize(Action::IssueInvoice, Scope::Organization(self.organization)).await?;
        let ledger = unit.load::<Ledger>(self.organization).await?;
        let terms = ledger.require_open()?.terms(self.period)?;
        let document = document(unit.history(), &terms).await?;
        let bytes = document.canonical();
        let issued = Issued {
            terms,
            lines: (document.lines.len() + document.late_lines.len()) as u64,
            total: document.total,
            document: Digest(Hash::of_blob(&bytes).0),
        };
        unit.attach(bytes.into());
        let id: InvoiceId = unit.new_id();
        let (owner, now) = (Some(self.organization), unit.now());
        unit.decide::<Invoice>(id, owner, invoice::Command::Issue { issued, now }).await?;
        let bill = ledger::Command::Invoice { invoice: id, period: self.period, total: document.total };
        unit.decide::<Ledger>(self.organization, owner, bill).await?;
        Ok(id)
    }
}

/// The invoice of any interval, as it would be by itself now. Whoever asks was authorized.
pub async fn preview(engine: &Engine, organization: OrganizationId, period: Interval) -> Result<Document, Refusal> {
    if period.is_empty() {
        return Err(ledger::Rejection::EmptyPeriod.into());
    }
    let (ledger, _) = engine.state::<Ledger>(organization).await?;
    let account = ledger.require_open()?;
    let (currency, through, late_from) = (account.currency, account.rated_through, period.from);
    document(engine.history(), &Terms { organization, currency, period, through, late_from, late_after: 0 }).await
}

/// Computes the invoice on these terms from the log.
async fn document(history: History<'_>, terms: &Terms) -> Result<Document, Refusal> {
    let books = books(history, terms).await?;
    invoice::compute(terms, &books).map_err(|error| match error {
        ComputeError::NotRated(_) => Refusal::internal(error),
        ComputeError::TooLarge(too_large) => {
            let rejection = ledger::Rejection::from(too_large);
            Refusal::new(rejection.code(), rejection.to_string())
        }
    })
}

/// The postings up to the terms' position, and the usage that they name whose service the
/// invoice has to do with.
async fn books(history: History<'_>, terms: &Terms) -> Result<Books, Refusal> {
    let mut books = Books::default();
    for Happened { position, event, .. } in history.of::<Ledger>(terms.organization, 0).await? {
        books.enter(position, &event);
        let AnyEvent::Ledger(ledger::Event::Posted(posted)) = event else { continue };
        let wanted = |posting: &&Posting| posting.usage <= terms.through && concerns(terms, posting.service);
        for Posting { usage, .. } in posted.postings.iter().filter(wanted) {
            books.enter(*usage, &history.at(*usage).await?.event);
        }
    }
    Ok(books)
}

/// Whether service lies in the invoice's period, or in one that is billed late.
fn concerns(terms: &Terms, service: Interval) -> bool {
    let whole = Interval::new(terms.late_from, terms.period.until);
    whole.contains(service.from) || whole.intersection(service).is_some()
}

/// The bytes of an issued invoice. Whoever asks was authorized.
pub async fn issued(engine: &Engine, id: InvoiceId) -> Result<std::sync::Arc<[u8]>, Refusal> {
    let (invoice, _) = engine.state::<Invoice>(id).await?;
    let Invoice::Issued(issued) = invoice else { return Err(Refusal::not_found("invoice")) };
    let blob = engine.log().blob(Hash(issued.document.0)).await.map_err(crate::refusal::of_read)?;
    blob.ok_or_else(|| Refusal::new(Code::Internal, "the invoice's document is missing; its operator has to look"))
}
