//! Whether a server lives, whether it should be sent requests, and what it counts.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use gpuaas_domain::Code;
use gpuaas_log::Log;
use gpuaas_log::appender::Condition;
use gpuaas_projections::ReadStore;
use gpuaas_projections::runner::{Status, parked};
use gpuaas_relay::jetstream;
use serde::Serialize;
use tokio::sync::watch;

use super::policies;
use crate::http::problem::FieldProblem;
use crate::http::{Problem, measure};
use crate::witnessing::{Standing, Witnesses};

/// How long a part may take to say that it is well.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a server's parts are asked.
#[derive(Clone)]
pub(super) struct Health {
    log: Log,
    read: ReadStore,
    projections: Vec<watch::Receiver<Status>>,
    policies: Vec<policies::Asked>,
    witnesses: Witnesses,
    mirror: Option<watch::Receiver<jetstream::Status>>,
    archived: Option<watch::Receiver<u64>>,
}

/// What `/readyz` answers while the server should be sent requests.
#[derive(Debug, Serialize)]
pub(super) struct Ready {
    status: &'static str,
    log_position: u64,
    projections: Vec<ProjectionReady>,
    /// Policies that wait or have stopped. Requests are answered all the same.
    policies: Vec<PolicyFault>,
    /// Resources that the read models show as they were, since an entry of theirs
    /// cannot be applied. The others are not affected.
    parked: Vec<ParkedStream>,
    /// Who cosigns the log's checkpoints, if this server signs them. Requests are answered
    /// however they stand.
    witnesses: Vec<Standing>,
    /// The mirror in NATS. Requests are answered all the same while it cannot be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    mirror: Option<MirrorReady>,
    /// How far the archive has come, of a server that writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    archive: Option<ArchiveReady>,
}

#[derive(Debug, Serialize)]
struct MirrorReady {
    #[serde(flatten)]
    status: jetstream::Status,
    /// Entries of the log that are not there yet.
    lag: u64,
}

#[derive(Debug, Serialize)]
struct ArchiveReady {
    position: u64,
    /// Whether nothing is archived any more, until somebody looks and the server is started
    /// anew. Requests are answered all the same.
    stopped: bool,
}

#[derive(Debug, Serialize)]
struct ProjectionReady {
    name: &'static str,
    version: u32,
    position: u64,
}

#[derive(Debug, Serialize)]
struct PolicyFault {
    name: &'static str,
    /// Whether it stopped, until somebody looks and the server is started anew.
    stopped: bool,
    position: u64,
}

#[derive(Debug, Serialize)]
struct ParkedStream {
    projection: String,
    kind: String,
    position: u64,
}

impl Health {
    pub(super) fn new(
        log: Log,
        read: ReadStore,
        projections: Vec<watch::Receiver<Status>>,
        policies: Vec<policies::Asked>,
        witnesses: Witnesses,
        mirror: Option<watch::Receiver<jetstream::Status>>,
        archived: Option<watch::Receiver<u64>>,
    ) -> Self {
        Self { log, read, projections, policies, witnesses, mirror, archived }
    }

    async fn ready(&self) -> Result<Ready, Problem> {
        let mut faults = Vec::new();
        if let Err(fault) = self.log_is_well().await {
            faults.push(fault);
        }
        let statuses: Vec<Status> = self.projections.iter().map(|status| status.borrow().clone()).collect();
        for status in statuses.iter().filter(|status| !status.ready()) {
            let message = if status.caught_up { "it waits or has stopped" } else { "it has not caught up yet" };
            faults.push(fault(format!("projections.{}", status.projection), message));
        }
        let parked = match tokio::time::timeout(PATIENCE, parked(&self.read)).await {
            Ok(Ok(parked)) => parked,
            Ok(Err(_)) | Err(_) => {
                faults.push(fault("read", "the read database does not answer"));
                Vec::new()
            }
        };
        if !faults.is_empty() {
            let problem = Problem::new(Code::Unavailable, "this server is not ready; send requests to another one");
            return Err(Problem { fields: faults, ..problem.retry_after(Duration::from_secs(1)) });
        }
        let projections = statuses.iter().map(|status| ProjectionReady {
            name: status.projection,
            version: status.version,
            position: status.position,
        });
        Ok(Ready {
            status: "ready",
            log_position: *self.log.head().borrow(),
            projections: projections.collect(),
            policies: self.policy_faults(),
            witnesses: self.witnesses.standings(),
            mirror: self.mirror(),
            parked: parked
                .into_iter()
                .map(|parked| ParkedStream {
                    projection: parked.projection,
                    kind: parked.stream.kind.into_owned(),
                    position: parked.position,
                })
                .collect(),
            archive: self.archived.as_ref().map(|archived| ArchiveReady {
                position: *archived.borrow(),
                stopped: archived.has_changed().is_err(),
            }),
        })
    }

    fn mirror(&self) -> Option<MirrorReady> {
        let status = self.mirror.as_ref()?.borrow().clone();
        let lag = self.log.head().borrow().saturating_sub(status.position);
        Some(MirrorReady { status, lag })
    }

    /// A policy that does not run says so, and does not keep requests from being answered.
    fn policy_faults(&self) -> Vec<PolicyFault> {
        let fault = |(name, condition): &policies::Asked| match &*condition.borrow() {
            // Whoever would say so is gone.
            policies::Condition::Running if condition.has_changed().is_err() => {
                Some(PolicyFault { name, stopped: true, position: 0 })
            }
            policies::Condition::Running => None,
            policies::Condition::Waiting { position, .. } => {
                Some(PolicyFault { name, stopped: false, position: *position })
            }
            policies::Condition::Alarmed { position, .. } => {
                Some(PolicyFault { name, stopped: true, position: *position })
            }
        };
        self.policies.iter().filter_map(fault).collect()
    }

    async fn log_is_well(&self) -> Result<(), FieldProblem> {
        match &*self.log.condition().borrow() {
            Condition::Running => {}
            Condition::Unavailable(_) => return Err(fault("log", "the log cannot be written at present")),
            Condition::Stopped(_) => return Err(fault("log", "the log is stopped until an operator acts")),
        }
        match tokio::time::timeout(PATIENCE, self.log.entry(1)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(fault("log", "the log cannot be read at present")),
        }
    }

    fn measure(&self) {
        let position = |position: u64| u32::try_from(position).map_or(position as f64, f64::from);
        metrics::gauge!("gpuaas_log_position").set(position(*self.log.head().borrow()));
        if let Some(archived) = &self.archived {
            metrics::gauge!("gpuaas_archive_position").set(position(*archived.borrow()));
            metrics::gauge!("gpuaas_archive_stopped").set(if archived.has_changed().is_err() { 1.0 } else { 0.0 });
        }
        for status in &self.projections {
            let status = status.borrow();
            let labels = [("projection", status.projection)];
            metrics::gauge!("gpuaas_projection_position", &labels).set(position(status.position));
            metrics::gauge!("gpuaas_projection_parked_streams", &labels).set(status.parked as f64);
        }
        if let Some(MirrorReady { status, lag }) = self.mirror() {
            metrics::gauge!("gpuaas_mirror_connected").set(f64::from(u8::from(status.connected)));
            metrics::gauge!("gpuaas_mirror_generation").set(position(status.generation));
            metrics::gauge!("gpuaas_mirror_position").set(position(status.position));
            metrics::gauge!("gpuaas_mirror_events_position").set(position(status.events_position));
            metrics::gauge!("gpuaas_mirror_lag").set(position(lag));
            metrics::counter!("gpuaas_mirror_audits_total").absolute(status.audits);
            metrics::counter!("gpuaas_mirror_faults_total").absolute(status.faults);
        }
    }
}

fn fault(field: impl Into<String>, message: &str) -> FieldProblem {
    FieldProblem { field: field.into(), message: message.to_owned() }
}

/// Whether the process lives.
pub(super) async fn alive() -> impl IntoResponse {
    Json(serde_json::json!({"status": "alive"}))
}

/// Whether the server should be sent requests.
pub(super) async fn ready(State(health): State<Health>) -> Result<Json<Ready>, Problem> {
    health.ready().await.map(Json)
}

/// What is counted.
pub(super) async fn metrics(State(health): State<Health>) -> impl IntoResponse {
    health.measure();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], measure::render())
}
