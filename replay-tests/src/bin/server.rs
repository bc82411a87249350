//! One server of several: `server DATA KEYS DATABASE first|further`, the database being a
//! Postgres or `embedded`. It says on a line where it listens for clients and for nodes, and
//! ends in good order when its input is closed. `RUST_LOG` says what it tells of itself.

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use gpuaas_api::server::{Database, Role};
use gpuaas_api::{Config, serve};
use tracing_subscriber::EnvFilter;

/// Connections for the read models.
const CONNECTIONS: u32 = 8;

#[tokio::main]
async fn main() -> Result<()> {
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(level).with_writer(std::io::stderr).init();
    let server = serve(config()?).await?;
    println!("http://{} https://{}", server.address(), server.gateway_address());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    server.shutdown().await;
    Ok(())
}

/// What its arguments say.
fn config() -> Result<Config> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what| arguments.next().with_context(|| format!("{what} is missing"));
    let (data, keys) = (PathBuf::from(next("DATA")?), PathBuf::from(next("KEYS")?));
    let (url, place) = (next("DATABASE")?, next("first or further")?);
    let mut config = Config::embedded(data, SocketAddr::from(([127, 0, 0, 1], 0)));
    config.keys = Some(keys);
    if url != "embedded" {
        config.database = Database::Postgres { log: url.clone(), read: url, connections: CONNECTIONS };
    }
    config.images.local_images = true;
    config.limits.rate = None;
    match &*place {
        "first" => {}
        // One server signs checkpoints.
        "further" => drop(config.roles.remove(&Role::Checkpointer)),
        other => bail!("a server is first or further, not {other}"),
    }
    Ok(config)
}
