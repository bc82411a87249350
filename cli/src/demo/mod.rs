//! `gpuaas demo`: the whole story on a fresh data directory, through the public API and a
//! real agent, and then a platform to go on with.

mod bill;
mod clear;
mod custody;
mod hello;
mod image;
mod node;
mod offer;
mod proof;
mod stage;
mod story;
mod subscriber;
mod tenant;
mod workload;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use gpuaas_api::server::{Config, MirrorSettings};
use tracing_subscriber::EnvFilter;

use crate::config;
use crate::output::{self, Failure, Format};
use crate::serve::local_node::LocalNode;
use crate::serve::platform::Platform;
use crate::serve::signals::Ends;
use stage::Stage;
use story::Story;

pub(crate) use hello::HelloHttp;

/// Slots of this machine in the demo.
const SLOTS: u16 = 2;
/// Between two attestations: short, so that a bill comes soon.
const ATTEST_EVERY: Duration = Duration::from_secs(1);

/// Arguments of `gpuaas demo`.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// An empty directory for its data, or one to be made; by default a new one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Ends when the story is told, instead of serving on.
    #[arg(long)]
    exit: bool,
    /// A NATS with JetStream that the log is mirrored to, and that a subscriber follows it by
    #[arg(long, value_name = "URL", env = "GPUAAS_NATS_URL")]
    nats_url: Option<String>,
    /// What to write of what happens: a level, or module=level separated by commas
    #[arg(long, value_name = "FILTER", default_value = "error")]
    log: String,
}

impl Demo {
    /// Plays it. The exit status is 0 only if every step held.
    pub(crate) fn run(self) -> ExitCode {
        output::ended(Format::default(), self.played())
    }

    fn played(self) -> Result<(), Failure> {
        let filter = EnvFilter::try_new(&self.log).map_err(|error| Failure::Usage(format!("--log: {error}")))?;
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
        let runtime = tokio::runtime::Runtime::new().map_err(Failure::other)?;
        runtime.block_on(self.play()).map_err(|error| Failure::other(sentence(&error)))
    }

    async fn play(self) -> Result<()> {
        let mut told_to_end = Ends::listen()?;
        let data = fresh(self.data)?;
        let platform = start(&data, &self.log, self.nats_url.as_deref()).await?;
        let kept = data.join("demo");
        std::fs::create_dir(&kept)?;
        let story = Story::begin(platform.server().log().clone(), &kept.join("story.jsonl"))?;
        let mut stage = Stage { operator: platform.operator()?, platform, story, kept, nats: self.nats_url.clone() };
        let told = tokio::select! {
            told = tell(&mut stage) => told,
            () = told_to_end.told() => Err(anyhow::anyhow!("the demo was told to end before its story was over")),
        };
        if told.is_ok() && !self.exit {
            output::print(&farewell(&stage, &data))?;
            told_to_end.told().await;
        }
        let ended = end(stage, &mut told_to_end).await;
        told.and(ended)
    }
}

/// What went wrong, field by field where a server says so.
fn sentence(error: &anyhow::Error) -> String {
    let refused = error.chain().find_map(|cause| match cause.downcast_ref::<gpuaas_sdk::Error>() {
        Some(gpuaas_sdk::Error::Refused { problem, .. }) => Some(problem),
        Some(_) | None => None,
    });
    let fields = refused.map_or(&[][..], |problem| &problem.fields[..]).iter();
    let fields: String = fields.map(|field| format!("\n  {}: {}", field.field, field.message)).collect();
    format!("{error:#}{fields}")
}

/// All acts.
async fn tell(stage: &mut Stage) -> Result<()> {
    let began = jiff::Timestamp::now().to_string();
    let tenant = tenant::play(stage).await.context("organization, people, tokens")?;
    node::play(stage).await.context("node")?;
    let sku = offer::play(stage, &tenant).await.context("price, image, app")?;
    let workload = workload::play(stage, &tenant, &sku).await.context("workload")?;
    let (invoice, issued) = bill::play(stage, &tenant, &began, workload).await.context("usage and invoice")?;
    proof::play(stage, &tenant, &invoice).await.context("proof")?;
    custody::play(stage, &tenant, issued).await.context("custody")?;
    subscriber::play(stage, &tenant, issued).await.context("subscriber")
}

/// A data directory with nothing in it.
fn fresh(given: Option<PathBuf>) -> Result<PathBuf> {
    let data = match given {
        Some(given) => std::path::absolute(given)?,
        None => {
            let usual = config::usual_data()?.context("no home directory is known; give --data DIR")?;
            usual.with_file_name("gpuaas-demo").join(jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string())
        }
    };
    let is_empty = data.read_dir().map_or(true, |mut entries| entries.next().is_none());
    ensure!(is_empty, "{} is not empty; the demo needs a directory of its own", data.display());
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    Ok(data)
}

/// The embedded platform, on free ports, with this machine as a node.
async fn start(data: &Path, log: &str, nats: Option<&str>) -> Result<Platform> {
    let mut config = Config::embedded(data, SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    config.images.local_images = true;
    config.gateway.attest_every = ATTEST_EVERY;
    config.mirror = nats.map(MirrorSettings::new);
    if let Some(mirror) = &config.mirror {
        mirror.servers().context("--nats-url: expected nats://HOST:PORT or tls://HOST:PORT")?;
    }
    let node = LocalNode { slots: Some(SLOTS), local_images: true, log: log.to_owned() };
    Ok(Platform::start(config, Some(node)).await?)
}

fn farewell(stage: &Stage, data: &Path) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "gpuaas".to_owned());
    format!(
        "
Every step held, and the platform goes on.

  address      {address}
  data         {data}
  kept         {kept}

In another terminal:

  {program} events follow acme --after 0 --data {data}
  {program} audit verify {kept}/log.export

Ctrl-C decommissions whatever runs, and stops it.
",
        address = stage.platform.address(),
        data = data.display(),
        kept = stage.kept.display(),
    )
}

/// Leaves no container behind that is still billed, and says what it did.
async fn end(stage: Stage, told_to_end: &mut Ends) -> Result<()> {
    let cleared = tokio::select! {
        cleared = clear::clear(&stage.operator) => cleared,
        () = told_to_end.told() => Err(anyhow::anyhow!("told to end twice: what still runs is found by its label, gpuaas.node")),
    };
    stage.platform.end().await;
    let cleared = cleared.context("what still ran was not ended")?;
    for instance in &cleared.instances {
        output::line(&format!("{instance} was still there, and was decommissioned: its container is gone"))?;
    }
    for allocation in &cleared.allocations {
        output::line(&format!("{allocation} was still held, and was released: it is billed no more"))?;
    }
    output::line("Ended. No container of the demo is left.")?;
    Ok(())
}
