//! `gpuaas allocations create`.

use clap::Args;
use gpuaas_sdk::{AllocationStatus, NewAllocation};

use super::while_it_is;
use crate::client::change::Change;
use crate::client::{Session, price, resolve};
use crate::config::Seconds;
use crate::output::{self, Failure};

/// A new allocation.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// ORGANIZATION/PROJECT, or the project's id.
    project: String,
    /// The SKU's name or id.
    sku: String,
    /// Its name for people; by default the SKU's.
    #[arg(long)]
    name: Option<String>,
    /// Give up if there is no place for it by then, for example 2h; by default it waits for ever.
    #[arg(long, value_name = "DURATION")]
    within: Option<Seconds>,
    /// Wait until it has a place, or none was found in time.
    #[arg(long)]
    wait: bool,
    /// Do not ask before what costs money.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    change: Change,
}

impl Create {
    /// Says what it costs, asks for it, and prints it.
    pub(super) async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let project = resolve::project(client, &self.project).await?;
        let sku_id = resolve::sku(client, &self.sku).await?;
        price::tell(client, &project, &sku_id).await?;
        if !self.yes && !self.change.is_trial() {
            price::agreed()?;
        }
        let body = NewAllocation {
            display_name: self.name.unwrap_or(self.sku),
            sku_id,
            wait_seconds: self.within.map(|Seconds(seconds)| seconds),
        };
        let mut created = client.create_allocation(&project, &body, &self.change.mutation()).await?.value;
        if self.wait && !self.change.is_trial() {
            created = while_it_is(session, created, AllocationStatus::Requested).await?;
        }
        output::one(*format, &created)?;
        match (self.wait, created.failure) {
            (true, Some(failure)) => Err(Failure::Other(format!("the allocation came to nothing: {failure}"))),
            (true | false, _) => Ok(()),
        }
    }
}
