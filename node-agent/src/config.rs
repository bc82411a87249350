//! What an agent is started with.

use std::path::PathBuf;
use std::time::Duration;

use gpuaas_domain::node_protocol::token::EnrollmentToken;

/// What an agent is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The server, `https://host:port`.
    pub server: String,
    /// The agent's own folder: key, certificate, journal, logs.
    pub folder: PathBuf,
    /// To enroll with; not needed once the folder holds a certificate.
    pub token: Option<EnrollmentToken>,
    /// What runs the workloads.
    pub engine: Engine,
    /// Where the inventory comes from.
    pub inventory: InventorySource,
    /// Whether images that no registry vouches for may run, by config digest.
    pub allow_local_images: bool,
}

/// What runs the workloads.
#[derive(Debug, Clone)]
pub enum Engine {
    /// A Docker engine: `unix:///path` or `tcp://host:port`; `None`: the usual socket.
    Docker {
        /// Where it is.
        host: Option<String>,
    },
    /// Nothing: workloads are entries of a table.
    Simulated {
        /// How long one takes to become ready.
        start_takes: Duration,
    },
}

/// Where the inventory comes from.
#[derive(Debug, Clone)]
pub enum InventorySource {
    /// This machine, divided into so many slots; `None`: one for each GPU, or a single one.
    Machine {
        /// How many slots.
        slots: Option<u16>,
    },
    /// A file with [`gpuaas_domain::node::Inventory`] as JSON. It is marked as simulated, whatever it says.
    File(PathBuf),
    /// So many slots of a machine that is not there.
    Simulated {
        /// How many slots, each with a processor, 4 GiB and a GPU.
        slots: u16,
    },
}
