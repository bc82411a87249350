//! This machine as a node of the embedded platform: an agent in a process of its own, which
//! speaks to the server as any other agent does.
//!
//! It is registered, and enrolled, over the public API as an operator would do it. Its
//! process is started again when it ends; when this one ends, however it does, the agent
//! ends too, and what runs on the node goes on: the next agent adopts it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use gpuaas_node_agent::is_enrolled;
use gpuaas_sdk::{Client, ListNodesQuery, Mutation, NewEnrollment, NewNode};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What the node is called.
pub(crate) const NAME: &str = "local";
/// How long an agent may take to end in order.
const PATIENCE: Duration = Duration::from_secs(10);
/// Shortest and longest wait before the agent is started again.
const WAITS: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// An agent that ran for so long did not fail at its start.
const SETTLED: Duration = Duration::from_secs(60);

/// What the node is told.
#[derive(Debug, Clone)]
pub(crate) struct LocalNode {
    /// Into how many slots the machine is divided.
    pub(crate) slots: Option<u16>,
    /// Whether images of its own engine may run.
    pub(crate) local_images: bool,
    /// What its agent writes of what happens.
    pub(crate) log: String,
}

/// The agent's process, and who looks after it.
pub(crate) struct Attended {
    ending: CancellationToken,
    attendant: JoinHandle<()>,
}

/// Where the server is, and where things are kept.
struct Place {
    client: Client,
    gateway: String,
    folder: PathBuf,
}

impl LocalNode {
    /// Starts the agent, and goes on starting it.
    pub(crate) fn attend(self, client: Client, gateway: std::net::SocketAddr, data: &Path) -> Attended {
        let ending = CancellationToken::new();
        let place = Place { client, gateway: format!("https://{gateway}"), folder: data.join("node") };
        let attendant = tokio::spawn(self.keep_running(place, ending.clone()));
        Attended { ending, attendant }
    }

    async fn keep_running(self, place: Place, ending: CancellationToken) {
        let mut wait = WAITS.0;
        while !ending.is_cancelled() {
            let began = Instant::now();
            match self.once(&place, &ending).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!("the agent of this machine is not running: {error:#}; it is started again")
                }
            }
            wait = if began.elapsed() > SETTLED { WAITS.0 } else { (wait * 2).min(WAITS.1) };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = ending.cancelled() => {}
            }
        }
    }

    /// Runs one agent until it ends, or is to.
    async fn once(&self, place: &Place, ending: &CancellationToken) -> Result<()> {
        let mut child = self.start(place).await?;
        // Whoever waits for a child closes an input that the child still has.
        let input = child.stdin.take();
        tokio::select! {
            ended = child.wait() => anyhow::bail!("it ended ({})", ended?),
            () = ending.cancelled() => {}
        }
        // The end of its input tells it to end.
        drop(input);
        if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
            tracing::warn!("the agent of this machine did not end in order, and was killed");
            child.kill().await?;
        }
        Ok(())
    }

    async fn start(&self, place: &Place) -> Result<Child> {
        let program = std::env::current_exe().context("where this program is")?;
        let mut command = Command::new(program);
        command.arg("agent").args(["--server", &place.gateway]).arg("--folder").arg(&place.folder);
        command.args(["--log", &self.log, "--until-stdin-closes"]);
        if let Some(slots) = self.slots {
            command.args(["--slots", &slots.to_string()]);
        }
        if self.local_images {
            command.arg("--allow-local-images");
        }
        if !is_enrolled(&place.folder) {
            command.env("GPUAAS_ENROLLMENT_TOKEN", enrollment_token(&place.client).await?);
        }
        // A group of its own: what a terminal tells this process, this process tells the agent.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        command.spawn().context("it cannot be started")
    }
}

impl Attended {
    /// Ends the agent in order.
    pub(crate) async fn end(self) {
        self.ending.cancel();
        if self.attendant.await.is_err() {
            tracing::warn!("whoever looked after the agent of this machine failed");
        }
    }
}

/// A token for the node, which is registered if it is not.
async fn enrollment_token(client: &Client) -> Result<String> {
    let query = ListNodesQuery { name: Some(NAME.to_owned()), ..Default::default() };
    let mutation = Mutation::default();
    let node = match client.list_nodes(&query).await?.value.items.into_iter().next() {
        Some(node) => node,
        None => {
            let node = NewNode { name: NAME.to_owned(), simulated: Some(false) };
            client.register_node(&node, &mutation).await?.value
        }
    };
    let issued = client.issue_enrollment_token(&node.id, &NewEnrollment { expires_in: None }, &mutation).await?.value;
    issued.token.context("a token that was just issued is told")
}
