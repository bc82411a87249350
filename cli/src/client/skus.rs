//! `gpuaas skus`: what can be allocated.

use clap::{Args, Subcommand};
use gpuaas_sdk::{Architecture, GetSkuQuery, GpuShape, ListSkusQuery, NewSku, Shape, Sku, SkuStatus};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, price, resolve};
use crate::output::{self, Failure, Show, moment};

/// SKUs: what can be allocated, and what an hour of it costs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lets something be allocated. Its price is set with `gpuaas price-books set-price`.
    Create {
        /// Its unique name: lowercase letters, digits and single hyphens.
        name: String,
        /// Its name for people; by default the same.
        #[arg(long)]
        display_name: Option<String>,
        #[command(flatten)]
        shape: ShapeArguments,
        #[command(flatten)]
        change: Change,
    },
    /// Lists what can be allocated, with what an hour costs.
    List {
        /// Only those.
        #[arg(long, value_parser = words(SkuStatus::ALL, SkuStatus::as_str))]
        status: Option<SkuStatus>,
        /// At the prices of this organization, by slug or id; by default at the standard ones.
        #[arg(long, value_name = "ORGANIZATION")]
        org: Option<String>,
    },
    /// Shows a SKU with what an hour of it costs.
    Show {
        /// Its name or id.
        sku: String,
        /// At the prices of this organization, by slug or id; by default at the standard ones.
        #[arg(long, value_name = "ORGANIZATION")]
        org: Option<String>,
    },
    /// Lets a SKU be allocated no more; what is allocated stays.
    Retire {
        /// Its name or id.
        sku: String,
        #[command(flatten)]
        change: Change,
    },
}

/// What an allocation of a SKU has. It never changes.
#[derive(Debug, Args)]
pub(crate) struct ShapeArguments {
    /// The processors' architecture.
    #[arg(long, value_parser = words(Architecture::ALL, Architecture::as_str), default_value = "amd64")]
    architecture: Architecture,
    /// Processors.
    #[arg(long, value_name = "NUMBER")]
    cpus: u64,
    /// Memory, in GiB.
    #[arg(long, value_name = "NUMBER")]
    memory_gib: u64,
    /// GPUs; by default none.
    #[arg(long, value_name = "NUMBER", requires = "gpu_model")]
    gpus: Option<u64>,
    /// The driver's name of the GPUs' model.
    #[arg(long, value_name = "MODEL", requires = "gpus")]
    gpu_model: Option<String>,
}

impl From<ShapeArguments> for Shape {
    fn from(given: ShapeArguments) -> Self {
        let ShapeArguments { architecture, cpus: cpu_cores, memory_gib, gpus, gpu_model } = given;
        let gpu = gpus.zip(gpu_model).map(|(count, model)| GpuShape { count, model });
        Self { architecture, cpu_cores, gpu, memory_gib }
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let sku = match self {
            Self::List { status, org } => return list(session, status, org).await,
            Self::Create { name, display_name, shape, change } => {
                let display_name = display_name.unwrap_or_else(|| name.clone());
                client.create_sku(&NewSku { display_name, name, shape: shape.into() }, &change.mutation()).await?
            }
            Self::Show { sku, org } => {
                let query = GetSkuQuery { org_id: buyer(session, org).await? };
                client.get_sku(&resolve::sku(client, &sku).await?, &query).await?
            }
            Self::Retire { sku, change } => {
                client.retire_sku(&resolve::sku(client, &sku).await?, &change.mutation()).await?
            }
        };
        output::one(*format, &sku.value)
    }
}

async fn list(session: &Session, status: Option<SkuStatus>, org: Option<String>) -> Result<(), Failure> {
    let org_id = buyer(session, org).await?;
    let found = pages::all(async |cursor| {
        let query = ListSkusQuery { status, org_id: org_id.clone(), cursor, limit: pages::LIMIT, ..Default::default() };
        let page = session.client.list_skus(&query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(session.format, &found.await?)
}

/// The organization whose prices count.
async fn buyer(Session { client, .. }: &Session, org: Option<String>) -> Result<Option<String>, Failure> {
    match org {
        Some(org) => resolve::organization(client, &org).await.map(Some),
        None => Ok(None),
    }
}

impl Show for Sku {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "CPUS", "MEMORY", "GPUS", "PRICE", "STATUS"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.name.clone(),
            self.shape.cpu_cores.to_string(),
            format!("{} GiB", self.shape.memory_gib),
            gpus(&self.shape),
            price::per_hour(self.price.as_ref()),
            self.status.to_string(),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let book = self.price.as_ref().map(|price| ("price book", price.price_book_id.clone()));
        let about = [
            ("display name", self.display_name.clone()),
            ("architecture", self.shape.architecture.to_string()),
            ("created", moment(&self.created_at)),
            ("updated", moment(&self.updated_at)),
        ];
        book.into_iter().chain(about).collect()
    }
}

/// GPUs of a shape.
pub(super) fn gpus(shape: &Shape) -> String {
    shape.gpu.as_ref().map_or_else(|| "-".to_owned(), |gpu| format!("{} × {}", gpu.count, gpu.model))
}
