//! `gpuaas usage record`.

use clap::Args;
use gpuaas_sdk::NewUsageEvent;

use crate::client::change::Change;
use crate::client::words::labelled;
use crate::client::{Session, resolve};
use crate::output::{self, Failure};

/// A report of usage.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// ORGANIZATION/PROJECT, or the project's id.
    project: String,
    /// The registered unit's name.
    unit: String,
    /// How much of it: a decimal.
    #[arg(allow_negative_numbers = true)]
    quantity: String,
    /// The product.
    #[arg(long)]
    product: String,
    /// What reports it.
    #[arg(long)]
    source: String,
    /// What the source calls this report. It is recorded once under this name.
    #[arg(long, value_name = "ID")]
    event: String,
    /// What was used, by kind.
    #[arg(long, value_name = "KIND")]
    resource_type: String,
    /// What was used.
    #[arg(long, value_name = "ID")]
    resource: String,
    /// When its service began, as 2026-11-01T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// When it ended; by default when it began.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// The product's own request.
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// What the product adds, NAME=TEXT; may be given several times.
    #[arg(long = "label", value_name = "NAME=TEXT", value_parser = labelled)]
    labels: Vec<(String, String)>,
    #[command(flatten)]
    change: Change,
}

impl Record {
    /// Reports, and prints what was recorded.
    pub(super) async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let project = resolve::project(client, &self.project).await?;
        let project = client.get_project(&project).await?.value;
        let body = NewUsageEvent {
            bill_to: self.to.unwrap_or_else(|| self.from.clone()),
            bill_from: self.from,
            idempotency_key: self.event.clone(),
            metadata: Some(self.labels.into_iter().collect()),
            organization_id: project.organization_id,
            product_id: self.product,
            project_id: project.id,
            quantity: self.quantity,
            request_id: self.request,
            resource_id: self.resource,
            resource_type: self.resource_type,
            usage_event_id: self.event,
            usage_source: self.source,
            usage_unit: self.unit,
        };
        output::one(*format, &client.record_usage_event(&body, &self.change.mutation()).await?.value)
    }
}
