//! What every executor gives back: seven fields, the same for a container, a set of them, or
//! whatever an engine calls it. The log keeps this shape too, so it is frozen once released.

use crate::bounded::Text;
use crate::event::{fields, words};
use crate::time::Timestamp;

words! {
    /// How a workload is.
    pub enum Lifecycle {
        /// Nothing of it is there.
        Absent = "absent",
        /// It is being made: the image is fetched, or the container is not ready yet.
        Deploying = "deploying",
        /// It runs and was ready once.
        Running = "running",
        /// It was stopped on demand.
        Stopped = "stopped",
        /// It ended by itself, or never became ready.
        Failed = "failed",
        /// It was removed on demand.
        Removed = "removed",
    }

    /// Why something failed on a node. Stable, like [`crate::Code`].
    pub enum FailureCode {
        /// The node knows no task of this kind.
        UnknownTaskKind = "unknown_task_kind",
        /// The specification does not fit its schema.
        SpecInvalid = "spec_invalid",
        /// The specification is not the one that the task names.
        SpecMismatch = "spec_mismatch",
        /// The same task or generation came with another specification.
        SpecConflict = "spec_conflict",
        /// A newer generation of the workload is known.
        StaleGeneration = "stale_generation",
        /// The task is another node's.
        TaskOfAnotherNode = "task_of_another_node",
        /// The node has no such workload.
        WorkloadUnknown = "workload_unknown",
        /// The image is named by a tag; only digests run.
        ImageTagRefused = "image_tag_refused",
        /// The image's name cannot be read.
        ImageReferenceInvalid = "image_reference_invalid",
        /// The registry does not have the image.
        ImageNotFound = "image_not_found",
        /// The registry refused the credentials.
        PullDenied = "pull_denied",
        /// The registry cannot be reached, or broke off.
        PullFailed = "pull_failed",
        /// The image or the container is not the one with the digest.
        ImageDigestMismatch = "image_digest_mismatch",
        /// The image is for another processor.
        ArchitectureMismatch = "architecture_mismatch",
        /// The agent was not started with leave to run images without a registry.
        LocalImageRefused = "local_image_refused",
        /// The credential or secret was not handed out.
        CredentialRefused = "credential_refused",
        /// The node has not the GPUs.
        GpusUnavailable = "gpus_unavailable",
        /// The storage mode is not there on this node.
        MountModeUnavailable = "mount_mode_unavailable",
        /// The exposure is not there on this node.
        ExposureUnavailable = "exposure_unavailable",
        /// The workload could not be kept from the host or its neighbours.
        IsolationUnavailable = "isolation_unavailable",
        /// The container engine does not answer, or refuses.
        RuntimeUnavailable = "runtime_unavailable",
        /// The container could not be started.
        StartFailed = "start_failed",
        /// The container ended by itself.
        ContainerExited = "container_exited",
        /// The kernel killed the container at its memory limit.
        OutOfMemory = "out_of_memory",
        /// The container was removed by somebody else.
        ContainerRemoved = "container_removed",
        /// The workload was not ready in time.
        ReadinessTimeout = "readiness_timeout",
        /// The server took the task back.
        Cancelled = "cancelled",
        /// The agent could not keep its journal.
        JournalFailed = "journal_failed",
    }

    /// A step in the life of a workload.
    pub enum StepKind {
        /// The image is there, with the right digest.
        ImageReady = "image_ready",
        /// The container was made.
        Created = "created",
        /// The container was started.
        Started = "started",
        /// The workload answered as its profile asks.
        Ready = "ready",
        /// The container was found again after the agent's absence.
        Adopted = "adopted",
        /// The container ended.
        Exited = "exited",
        /// The container was removed.
        Removed = "removed",
    }
}

fields! {
    /// What the engine says.
    pub struct StatusSummary {
        /// The engine, `docker` or `simulated`.
        pub engine: Text<40>,
        /// Its id of the container.
        pub container: Option<Text<80>>,
        /// Config digest of the image that the container runs.
        pub image: Option<Text<80>>,
        /// When the container was started last.
        pub started_at: Option<Timestamp>,
        /// When it ended last.
        pub finished_at: Option<Timestamp>,
        /// How it ended.
        pub exit_code: Option<i64>,
        /// One sentence.
        pub summary: Text<300>,
    }

    /// Where the workload can be reached on its node.
    pub struct Endpoint {
        /// The profile's name for it.
        pub name: Text<48>,
        /// The workload's own port.
        pub container_port: u16,
        /// An address of the node, `127.0.0.1` as long as exposure is private.
        pub address: Text<45>,
        /// The port there, picked by the agent.
        pub port: u16,
    }

    /// Which log lines the agent keeps.
    pub struct LogReference {
        /// Number of the oldest line kept.
        pub first: u64,
        /// Number that the next line will have.
        pub next: u64,
    }

    /// Where measurements of the workload are.
    pub struct MetricsReference {
        /// What is measured.
        pub name: Text<48>,
        /// Path below the endpoint of this name.
        pub endpoint: Text<48>,
        /// The path.
        pub path: Text<200>,
    }

    /// A step in the life of a workload.
    pub struct Step {
        /// When.
        pub at: Timestamp,
        /// What.
        pub kind: StepKind,
    }

    /// Why something failed.
    pub struct Failure {
        /// The stable code.
        pub code: FailureCode,
        /// What to do.
        pub message: Text<300>,
    }

    /// What happened, and why it failed if it did.
    pub struct History {
        /// In order, the latest 32.
        pub steps: Vec<Step>,
        /// Why it failed.
        pub failure: Option<Failure>,
    }

    /// What is left on the node.
    pub struct Cleanup {
        /// Whether the container is gone.
        pub container_removed: bool,
        /// Whether its network is gone.
        pub network_removed: bool,
        /// Whether its scratch space is gone.
        pub scratch_removed: bool,
    }

    /// What every executor gives back.
    pub struct ExecutorOutput {
        /// How the workload is.
        pub lifecycle: Lifecycle,
        /// What the engine says.
        pub status: StatusSummary,
        /// Where it can be reached.
        pub endpoints: Vec<Endpoint>,
        /// Its log lines; `None` where there are none.
        pub logs: Option<LogReference>,
        /// Its measurements.
        pub metrics: Vec<MetricsReference>,
        /// What happened.
        pub history: History,
        /// What is left; `None` unless it was to be removed.
        pub cleanup: Option<Cleanup>,
    }
}

impl Failure {
    /// A failure, its message cut to what fits.
    #[must_use]
    pub fn new(code: FailureCode, message: impl AsRef<str>) -> Self {
        Self { code, message: Text::clipped(message.as_ref()) }
    }
}

impl ExecutorOutput {
    /// What an executor says that has not touched anything.
    #[must_use]
    pub fn untouched(engine: &str, summary: &str) -> Self {
        Self {
            lifecycle: Lifecycle::Absent,
            status: StatusSummary {
                engine: Text::clipped(engine),
                container: None,
                image: None,
                started_at: None,
                finished_at: None,
                exit_code: None,
                summary: Text::clipped(summary),
            },
            endpoints: Vec::new(),
            logs: None,
            metrics: Vec::new(),
            history: History { steps: Vec::new(), failure: None },
            cleanup: None,
        }
    }
}
