//! What nodes are told to do.

use clap::Subcommand;
use gpuaas_sdk::{ListNodeTasksQuery, NodeTask, NodeTaskStatus};

use crate::client::change::Change;
use crate::client::words::words;
use crate::client::{Ask, Session, pages, resolve};
use crate::output::{self, Failure, Show, moment};

/// What is asked about nodes' tasks.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists what a node is and was told to do.
    Tasks {
        /// The node's name or id.
        node: String,
        /// Only those.
        #[arg(long, value_parser = words(NodeTaskStatus::ALL, NodeTaskStatus::as_str))]
        status: Option<NodeTaskStatus>,
    },
    /// Asks a node what its container engine can do; `gpuaas nodes show` tells once it answered.
    RuntimeStatus {
        /// The node's name or id.
        node: String,
        #[command(flatten)]
        change: Change,
    },
}

impl Ask for Command {
    async fn ask(self, Session { client, format }: &Session) -> Result<(), Failure> {
        match self {
            Self::Tasks { node, status } => {
                let node = resolve::node(client, &node).await?;
                let found = pages::all(async |cursor| {
                    let query = ListNodeTasksQuery { status, cursor, limit: pages::LIMIT };
                    let page = client.list_node_tasks(&node, &query).await?.value;
                    Ok((page.items, page.next_cursor))
                });
                output::list(*format, &found.await?)
            }
            Self::RuntimeStatus { node, change } => {
                let node = resolve::node(client, &node).await?;
                output::one(*format, &client.request_runtime_status(&node, &change.mutation()).await?.value)
            }
        }
    }
}

impl Show for NodeTask {
    const COLUMNS: &'static [&'static str] = &["ID", "KIND", "STATUS", "INSTANCE", "CREATED"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.kind.to_string(),
            self.status.to_string(),
            self.app_instance_id.clone().unwrap_or_else(|| "-".to_owned()),
            moment(&self.created_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let failure =
            self.failure.as_ref().map(|failure| ("failure", format!("{}: {}", failure.code, failure.message)));
        let about = [
            ("node", self.node_id.clone()),
            ("generation", self.generation.to_string()),
            ("specification", self.spec_hash.clone()),
            ("updated", moment(&self.updated_at)),
        ];
        about.into_iter().chain(failure).collect()
    }
}
