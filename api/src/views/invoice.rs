//! Invoices. Their documents are bytes of their own, which no view changes.

use gpuaas_domain::id::{InvoiceId, OrganizationId};
use gpuaas_domain::invoice::Invoice;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::period::PeriodView;
use super::vocabulary;
use crate::http::Problem;
use crate::resource::Resource;

/// An invoice.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invoice)]
pub struct InvoiceView {
    /// Its id.
    #[schema(value_type = vocabulary::InvoiceId)]
    pub id: InvoiceId,
    /// Who pays.
    #[schema(value_type = vocabulary::OrganizationId)]
    pub organization_id: OrganizationId,
    /// The service period that is billed.
    pub period: PeriodView,
    /// In which money, by ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// What it comes to, in millionths.
    #[schema(pattern = "^-?[0-9]+$", example = "2500000")]
    pub total: String,
    /// How many lines it has: a count; its document has the lines themselves.
    pub lines: u64,
    /// Position in the log up to which usage was considered.
    pub through: u64,
    /// BLAKE3 digest of its document.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub document_digest: String,
    /// When it was issued.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// An invoice to be issued.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvoice {
    /// Where its service period begins: where the last invoice's ended.
    #[schema(format = DateTime)]
    pub from: String,
    /// Where it ends; not in the future.
    #[schema(format = DateTime)]
    pub to: String,
}

impl InvoiceView {
    /// The view of an invoice.
    pub fn of(resource: Resource<Invoice>) -> Result<Self, Problem> {
        let created_at = resource.times().0;
        let Invoice::Issued(issued) = resource.state else { return Err(Resource::<Invoice>::missing()) };
        Ok(Self {
            id: resource.id,
            organization_id: issued.terms.organization,
            period: PeriodView::of(issued.terms.period),
            currency: issued.terms.currency.to_string(),
            total: issued.total.to_string(),
            lines: issued.lines,
            through: issued.terms.through,
            document_digest: issued.document.to_string(),
            created_at,
        })
    }
}
