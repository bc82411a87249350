//! `gpuaas invoices`: what organizations are billed.

mod document;

use clap::{Args, Subcommand};
use gpuaas_sdk::{Invoice, ListInvoicesQuery, NewInvoice, PreviewInvoiceQuery};

use super::change::Change;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment, money};

/// Invoices: what an organization is billed for an interval.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows what any interval would come to by itself now; with --json, the document.
    Preview {
        /// The organization's slug or id.
        organization: String,
        #[command(flatten)]
        interval: Interval,
    },
    /// Bills the next interval: it begins where the last invoice's ended.
    Issue {
        /// The organization's slug or id.
        organization: String,
        #[command(flatten)]
        interval: Interval,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the invoices of an organization.
    List {
        /// The organization's slug or id.
        organization: String,
    },
    /// Shows an invoice.
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Prints the document of an invoice, byte for byte as it was issued.
    Document {
        #[command(flatten)]
        named: Named,
    },
}

/// A service period.
#[derive(Debug, Args)]
pub(crate) struct Interval {
    /// Where it begins, as 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// Where it ends.
    #[arg(long, value_name = "TIME")]
    to: String,
}

/// An invoice of an organization.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The organization's slug or id.
    organization: String,
    /// The invoice's id.
    invoice: String,
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let invoice = match self {
            Self::Preview { organization, interval: Interval { from, to } } => {
                let organization = resolve::organization(client, &organization).await?;
                let query = PreviewInvoiceQuery { from: Some(from), to: Some(to) };
                return document::show(*format, &client.preview_invoice(&organization, &query).await?.value);
            }
            Self::Issue { organization, interval: Interval { from, to }, change } => {
                let organization = resolve::organization(client, &organization).await?;
                client.issue_invoice(&organization, &NewInvoice { from, to }, &change.mutation()).await?
            }
            Self::List { organization } => {
                let organization = resolve::organization(client, &organization).await?;
                let found = pages::all(async |cursor| {
                    let query = ListInvoicesQuery { cursor, limit: pages::LIMIT };
                    let page = client.list_invoices(&organization, &query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                return output::list(*format, &found.await?);
            }
            Self::Show { named: Named { organization, invoice } } => {
                client.get_invoice(&resolve::organization(client, &organization).await?, &invoice).await?
            }
            Self::Document { named: Named { organization, invoice } } => {
                let organization = resolve::organization(client, &organization).await?;
                return document::print(&client.get_invoice_document(&organization, &invoice).await?.value);
            }
        };
        output::one(*format, &invoice.value)
    }
}

impl Show for Invoice {
    const COLUMNS: &'static [&'static str] = &["ID", "FROM", "TO", "TOTAL", "LINES"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            moment(&self.period.from),
            moment(&self.period.to),
            money(&self.total, &self.currency),
            self.lines.to_string(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("organization", self.organization_id.clone()),
            ("document", self.document_digest.clone()),
            ("through", self.through.to_string()),
            ("created", moment(&self.created_at)),
        ]
    }
}
