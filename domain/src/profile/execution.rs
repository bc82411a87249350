//! How a workload runs, what it shows, and how it is known to work.

use std::collections::BTreeMap;

use crate::bounded::Text;
use crate::event::{fields, words};

words! {
    /// What runs workloads.
    pub enum Engine {
        /// The node's agent: one container.
        NodeAgent = "node_agent",
        /// Docker Compose: several containers on one node.
        DockerCompose = "docker_compose",
        /// Kubernetes.
        Kubernetes = "kubernetes",
        /// Helm, on Kubernetes.
        Helm = "helm",
        /// dstack.
        Dstack = "dstack",
    }

    /// Whether a profile is ready for an engine.
    pub enum EngineStatus {
        /// It is.
        Active = "active",
        /// It will be.
        Future = "future",
    }

    /// How something is asked.
    pub enum ProbeKind {
        /// By an HTTP request.
        Http = "http",
        /// By a TCP connection.
        Tcp = "tcp",
        /// By what the engine says.
        AdapterStatus = "adapter_status",
    }

    /// What the engine has to say.
    pub enum AdapterStatus {
        /// The container runs.
        Running = "running",
    }
}

fields! {
    /// How a workload runs.
    pub struct Execution {
        /// What runs it.
        pub default_engine: Engine,
        /// What could run it.
        #[serde(default)]
        pub supported_engines: Vec<EngineSupport>,
        /// Environment variables.
        #[serde(default)]
        pub container_env: BTreeMap<String, Text<8192>>,
        /// Arguments in place of the image's own.
        pub command_args: Option<Vec<Text<4096>>>,
        /// Folder to start in, in place of the image's own.
        pub working_directory: Option<Text<255>>,
        /// A token that the platform makes for each workload.
        pub app_token: Option<AppToken>,
        /// For Docker Compose: what renders it.
        pub compose: Option<Compose>,
    }

    /// An engine that could run it.
    pub struct EngineSupport {
        /// Which.
        pub engine: Engine,
        /// By which of its adapters.
        pub adapter: Text<64>,
        /// Whether the profile is ready for it.
        pub status: EngineStatus,
    }

    /// A token that the platform makes for each workload.
    pub struct AppToken {
        /// The environment variable that it is given in.
        pub env: Text<120>,
    }

    /// What renders a set of containers.
    pub struct Compose {
        /// The platform's renderer.
        pub renderer: Text<64>,
        /// What it consists of.
        pub topology: Topology,
    }

    /// What a set of containers consists of.
    pub struct Topology {
        /// What it is.
        pub description: Option<Text<500>>,
        /// Its services.
        pub services: Vec<Service>,
    }

    /// A service.
    pub struct Service {
        /// Its name.
        pub name: Text<48>,
        /// What it is for.
        pub role: Text<64>,
        /// Its endpoints, by name.
        #[serde(default)]
        pub endpoints: Vec<Text<48>>,
        /// Its mounts, by name.
        #[serde(default)]
        pub mounts: Vec<Text<48>>,
    }

    /// What a workload shows once it runs.
    #[derive(Default)]
    pub struct Outputs {
        /// Where it can be reached.
        #[serde(default)]
        pub endpoints: Vec<OutputEndpoint>,
        /// What one may type.
        #[serde(default)]
        pub commands: Vec<OutputCommand>,
    }

    /// An endpoint that is shown.
    pub struct OutputEndpoint {
        /// What it is called.
        pub name: Text<48>,
        /// `network.endpoints.<name>`.
        pub source: Text<120>,
    }

    /// A command line that is shown.
    pub struct OutputCommand {
        /// What it is called.
        pub name: Text<48>,
        /// The line.
        pub command: Text<500>,
    }

    /// How a workload is known to work.
    #[derive(Default)]
    pub struct Validation {
        /// Before it counts as running.
        #[serde(default)]
        pub readiness: Vec<Probe>,
        /// Before its version is released.
        #[serde(default)]
        pub smoke: Vec<Probe>,
    }

    /// A question and its right answer.
    pub struct Probe {
        /// Its name.
        pub name: Text<48>,
        /// How it is asked.
        #[serde(rename = "type")]
        pub kind: ProbeKind,
        /// At which endpoint.
        pub endpoint: Option<Text<48>>,
        /// With which path.
        pub path: Option<Text<200>>,
        /// What the engine has to say.
        pub status: Option<AdapterStatus>,
        /// Seconds until it has failed.
        #[cfg_attr(feature = "schemas", schemars(range(min = 1, max = 1800)))]
        pub timeout_seconds: Option<u32>,
    }
}
