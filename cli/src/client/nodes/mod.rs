//! `gpuaas nodes`: the machines that workloads run on.

mod enrollment;
mod show;
mod tasks;

use clap::Subcommand;
use gpuaas_sdk::{ListNodesQuery, NewNode, NodeStatus};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure};

/// Nodes: the machines that workloads run on. They are for the platform's operators.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Registers a node. Its agent enrolls with a token of `gpuaas nodes issue-token`.
    Create {
        /// Its unique name: lowercase letters, digits and single hyphens.
        name: String,
        /// It stands for a machine that is not there.
        #[arg(long)]
        simulated: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Lists the nodes.
    List {
        /// Only those.
        #[arg(long, value_parser = words(NodeStatus::ALL, NodeStatus::as_str))]
        status: Option<NodeStatus>,
    },
    /// Shows a node with what it has.
    Show {
        /// Its name or id.
        node: String,
    },
    /// Accepts nothing from a node any more, and ends what is open to it.
    Ban {
        /// Its name or id.
        node: String,
        #[command(flatten)]
        change: Change,
    },
    /// Lets a banned node be used again.
    Unban {
        /// Its name or id.
        node: String,
        #[command(flatten)]
        change: Change,
    },
    /// Removes a node that is gone for good: what was on it is taken for gone, and it is not
    /// asked. A node that is online has to be banned before.
    Remove {
        /// Its name or id.
        node: String,
        #[command(flatten)]
        change: Change,
    },
    #[command(flatten)]
    Enrollment(enrollment::Command),
    #[command(flatten)]
    Tasks(tasks::Command),
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let node = match self {
            Self::Enrollment(command) => return command.ask(session).await,
            Self::Tasks(command) => return command.ask(session).await,
            Self::List { status } => return list(session, status).await,
            Self::Create { name, simulated, change } => {
                let body = NewNode { name, simulated: Some(simulated) };
                client.register_node(&body, &change.mutation()).await?
            }
            Self::Show { node } => client.get_node(&resolve::node(client, &node).await?).await?,
            Self::Ban { node, change } => {
                client.ban_node(&resolve::node(client, &node).await?, &change.mutation()).await?
            }
            Self::Remove { node, change } => {
                client.remove_node(&resolve::node(client, &node).await?, &change.mutation()).await?
            }
            Self::Unban { node, change } => {
                client.unban_node(&resolve::node(client, &node).await?, &change.mutation()).await?
            }
        };
        output::one(*format, &node.value)
    }
}

async fn list(Session { client, format }: &Session, status: Option<NodeStatus>) -> Result<(), Failure> {
    let found = pages::all(async |cursor| {
        let query = ListNodesQuery { status, cursor, limit: pages::LIMIT, ..Default::default() };
        let page = client.list_nodes(&query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(*format, &found.await?)
}
