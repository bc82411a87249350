//! The invoice of an interval, from usage and prices alone; then, whether it is the one that
//! was issued. The stored invoice is never read: only the digest of its bytes is compared.

use std::path::Path;

use anyhow::{Context as _, anyhow};
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{InvoiceId, OrganizationId};
use gpuaas_domain::interval::Interval;
use gpuaas_domain::invoice::{self, Document, Terms};
use gpuaas_domain::ledger::{Account, Entry, Ledger};
use gpuaas_domain::money::Amount;
use gpuaas_log::hash::Hash;
use gpuaas_log::verify::{Options, Report};

use super::check::{self, Checked};
use super::evidence::{self, Evidence};
use super::source::Source;
use super::{Unproven, need, organization};

/// A bill that was computed.
pub(super) struct Bill {
    /// Whose.
    pub(super) organization: OrganizationId,
    /// Its canonical bytes.
    pub(super) bytes: Vec<u8>,
    /// What it comes to.
    pub(super) document: Document,
    /// What was issued for the same interval.
    pub(super) issued: Issued,
    /// What was checked before.
    pub(super) checked: Checked,
    /// What was verified before.
    pub(super) report: Report,
}

/// What was issued for an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issued {
    /// Nothing.
    Not,
    /// The same, byte for byte.
    Same(InvoiceId),
    /// Something else.
    Differs,
}

/// Computes a bill from an export.
pub(super) fn reconstruct(
    export: &Path,
    organization: &str,
    period: Interval,
    options: &Options,
) -> Result<Bill, Unproven> {
    let source = Source::open(export, options)?;
    let organization = organization::resolve(&source, organization)?;
    let evidence = evidence::gather(&source, organization)?;
    let checked = check::books(&evidence, organization)?;
    let (terms, booked) = terms(&evidence, organization, period)?;
    let document = invoice::compute(&terms, &evidence.books).map_err(|error| Unproven::books(error.to_string()))?;
    let bytes = document.canonical();
    let issued = booked.map_or(Ok(Issued::Not), |booked| compare(&evidence, &document, &bytes, &booked))?;
    Ok(Bill { organization, bytes, document, issued, checked, report: source.report })
}

/// An invoice as the ledger booked it.
struct Booked {
    position: u64,
    invoice: InvoiceId,
    entries: Vec<Entry>,
}

/// The terms of an interval: those on which the ledger billed it; or, if it did not, those of
/// the interval by itself.
fn terms(
    evidence: &Evidence,
    organization: OrganizationId,
    period: Interval,
) -> Result<(Terms, Option<Booked>), Unproven> {
    let mut billed = None;
    let ledger = check::ledger(evidence, |position, details, invoiced| {
        let terms = details.terms(invoiced.period).map_err(|error| Unproven::books(format!("{position}: {error}")))?;
        need(terms.through == invoiced.through, || format!("{position} bills usage that was not rated yet"))?;
        if invoiced.period == period {
            let (invoice, entries) = (invoiced.invoice, invoiced.entries.clone());
            billed = Some((terms, Booked { position, invoice, entries }));
        }
        Ok(())
    })?;
    if let Some((terms, booked)) = billed {
        return Ok((terms, Some(booked)));
    }
    let Ledger::Open(details) = ledger else {
        return Err(anyhow!("{organization} has no ledger in this export, so nothing was rated").into());
    };
    let (currency, through) = (details.currency, details.rated_through);
    Ok((Terms { organization, currency, period, through, late_from: period.from, late_after: 0 }, None))
}

/// Whether what was issued is what was computed.
fn compare(evidence: &Evidence, document: &Document, bytes: &[u8], booked: &Booked) -> Result<Issued, Unproven> {
    let Booked { position, invoice, entries } = booked;
    let issued = evidence.issued.get(invoice).with_context(|| format!("{invoice} is not in the export"))?;
    let lines = (document.lines.len() + document.late_lines.len()) as u64;
    let same_bytes = issued.document == Digest(Hash::of_blob(bytes).0);
    let same = same_bytes && issued.terms == document.terms && (issued.lines, issued.total) == (lines, document.total);
    if !same {
        return Ok(Issued::Differs);
    }
    let negated = document.total.negated().map_err(|error| Unproven::books(error.to_string()))?;
    let due = [moved(Account::Receivable, document.total), moved(Account::Accrued, negated)];
    need(*entries == due, || format!("{position} books another amount than the invoice's"))?;
    Ok(Issued::Same(*invoice))
}

fn moved(account: Account, amount: Amount) -> Entry {
    Entry { account, amount }
}
