//! `gpuaas usage-units`: what products report usage in.

use clap::Subcommand;
use gpuaas_sdk::{Dimension, ListUsageUnitsQuery, NewUsageUnit, UsageUnit, UsageUnitStatus};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// Usage units: what products report usage in.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lets a product report usage in a unit.
    Register {
        /// Its unique name.
        name: String,
        /// The product that reports in it.
        #[arg(long)]
        product: String,
        /// What it counts.
        #[arg(long, value_parser = words(Dimension::ALL, Dimension::as_str))]
        dimension: Dimension,
        /// What one of it is, one line.
        #[arg(long)]
        description: String,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the usage units.
    List {
        /// Only those.
        #[arg(long, value_parser = words(UsageUnitStatus::ALL, UsageUnitStatus::as_str))]
        status: Option<UsageUnitStatus>,
    },
    /// Shows a usage unit.
    Show {
        /// Its name or id.
        unit: String,
    },
    /// Lets usage be reported in a unit no more; what was reported stays.
    Retire {
        /// Its name or id.
        unit: String,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        let unit = match self {
            Self::Register { name, product: product_id, dimension, description, change } => {
                let body = NewUsageUnit { description, dimension, name, product_id };
                client.register_usage_unit(&body, &change.mutation()).await?
            }
            Self::List { status } => {
                let found = pages::all(async |cursor| {
                    let query = ListUsageUnitsQuery { status, cursor, limit: pages::LIMIT, ..Default::default() };
                    let page = client.list_usage_units(&query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                return output::list(*format, &found.await?);
            }
            Self::Show { unit } => client.get_usage_unit(&resolve::usage_unit(client, &unit).await?).await?,
            Self::Retire { unit, change } => {
                client.retire_usage_unit(&resolve::usage_unit(client, &unit).await?, &change.mutation()).await?
            }
        };
        output::one(*format, &unit.value)
    }
}

impl Show for UsageUnit {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "PRODUCT", "DIMENSION", "STATUS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.name.clone(),
            self.product_id.clone(),
            self.dimension.to_string(),
            self.status.to_string(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        vec![
            ("description", self.description.clone()),
            ("created", moment(&self.created_at)),
            ("updated", moment(&self.updated_at)),
        ]
    }
}
