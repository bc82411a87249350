//! What a task needs of secrets, handed out while the task is open, to the node whose task
//! it is, and only what its specification names.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Refusal;
use gpuaas_domain::Code;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{InstanceId, NodeId, TaskId};
use gpuaas_domain::node_protocol::credential::{Credential, CredentialRequest};
use gpuaas_domain::node_protocol::task::{Artifact, LaunchSpec};
use gpuaas_domain::node_task::{NodeTask, Queued, Rejection, TaskKind};
use gpuaas_domain::profile::APP_TOKEN;
use gpuaas_log::hash::Hash;

use super::caller::{Caller, Said};
use crate::app::{App, Shared};
use crate::http::Problem;

/// Most bytes of a request for it.
const MOST: usize = 4 * 1024;

/// Hands out what a task names.
pub(super) async fn hand_out(
    State(app): State<Shared>,
    caller: Caller,
    Said(request): Said<CredentialRequest, MOST>,
) -> Result<Json<Credential>, Problem> {
    let queued = open_task(&app, caller.peer.node, request.task).await?;
    let artifact = artifact(&app, &queued).await?;
    let reference = &request.reference;
    let is_secret = artifact.secrets.iter().any(|secret| secret.reference == *reference);
    let is_login = artifact.pull_credential.as_ref() == Some(reference);
    let workload = queued.target.as_ref().map(|target| target.instance);
    let credential = match workload {
        Some(instance) if is_secret && reference.as_str() == APP_TOKEN => Some(app_token(&app, instance)?),
        Some(_) | None if is_secret || is_login => app.world.credential(reference).await?,
        Some(_) | None => return Err(Problem::new(Code::NotFound, "the task names no such credential")),
    };
    let credential = credential.ok_or_else(|| missing(reference))?;
    tracing::info!(node = %caller.peer.node, task = %request.task, %reference, "a credential was handed out");
    Ok(Json(credential))
}

fn missing(reference: &str) -> Problem {
    let message = format!(
        "the platform has no credential {reference:?}; its operator puts it into the folder credential of the key store"
    );
    Problem::new(Code::NotFound, message)
}

/// A task that is the node's, and open.
async fn open_task(app: &App, node: NodeId, task: TaskId) -> Result<Queued, Problem> {
    let (state, _) = app.engine.state::<NodeTask>(task).await?;
    let rejection = match state {
        NodeTask::Open { queued, .. } if queued.node == node => return Ok(queued),
        NodeTask::Ended(ended) if ended.queued.node == node => Rejection::Ended,
        NodeTask::Open { .. } | NodeTask::Ended(_) => Rejection::AnotherNode,
        NodeTask::Absent => Rejection::Absent,
    };
    Err(Refusal::from(rejection).into())
}

/// What a launch names; other tasks name nothing.
async fn artifact(app: &App, queued: &Queued) -> Result<Artifact, Problem> {
    match queued.kind {
        TaskKind::OciLaunch => {}
        TaskKind::OciRuntimeStatus | TaskKind::OciControl | TaskKind::OciRemove => {
            return Err(Problem::new(Code::NotFound, "the task names no credential"));
        }
    }
    let blob = app.engine.log().blob(Hash(queued.spec.0)).await.map_err(Problem::unavailable)?;
    let blob = blob.ok_or_else(|| Problem::internal("a specification is not in the log"))?;
    let spec: LaunchSpec = serde_json::from_slice(&blob).map_err(Problem::internal)?;
    Ok(spec.artifact)
}

fn app_token(app: &App, instance: InstanceId) -> Result<Credential, Problem> {
    let secret = Text::new(app.world.app_token(instance)).map_err(Problem::internal)?;
    Ok(Credential { username: None, secret })
}
