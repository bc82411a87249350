//! Tunnels: a client's TCP connection to an endpoint of a workload, wherever its node is.

use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::Response;
use futures::future::{self, Either};
use gpuaas_commands::{Action, Context, Scope};
use gpuaas_domain::Code;
use gpuaas_domain::app_instance::Phase;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{InstanceId, ProjectId};
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{websocket, workload};
use crate::app::Shared;
use crate::gateway::{self, Opened};
use crate::http::{Problem, Read};
use crate::views::vocabulary;

/// The protocol that carries the bytes as they are.
const PLAIN: &str = "tcp";

/// An endpoint of a workload.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EndpointPath {
    /// The project's id.
    #[param(value_type = vocabulary::ProjectId)]
    project_id: ProjectId,
    /// The instance's id.
    #[param(value_type = vocabulary::InstanceId)]
    app_instance_id: InstanceId,
    /// The name of one of its endpoints.
    #[param(value_type = String, max_length = 48)]
    endpoint: Text<48>,
}

/// Opens a tunnel: with `Upgrade: tcp` the connection carries the bytes as they are, with
/// `Upgrade: websocket` binary messages carry them. It ends when its token stops counting.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/app-instances/{app_instance_id}/tunnel/{endpoint}",
    tag = "app instances", operation_id = "open_app_instance_tunnel",
    params(EndpointPath, ("Upgrade" = String, Header, description = "`tcp` or `websocket`")),
    responses((status = 101, description = "The workload took the connection")))]
pub(in crate::routes) async fn open(State(app): State<Shared>, request: Request) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let read = Read::<EndpointPath>::from_request_parts(&mut parts, &app).await?;
    let EndpointPath { project_id, app_instance_id, endpoint } = read.path;
    let action = Action::TunnelInstance;
    let (scope, instance) = workload(&app, &read.context, action, project_id, app_instance_id).await?;
    match instance.phase {
        Phase::Running => {}
        other => {
            let message = format!("the workload is {}, not running; wait for it, or start it", other.as_str());
            return Err(Problem::new(Code::InstanceStateConflict, message));
        }
    }
    let client = websocket::or_plain(&mut parts, PLAIN).await?;
    let at = (app_instance_id, instance.generation);
    let opened = gateway::open_tunnel(&app, instance.requested.node, at, endpoint).await?;
    let right = Right { app, context: read.context, action, scope };
    Ok(match client {
        Either::Left(socket) => socket.on_upgrade(move |socket| websocket::carry(socket, opened, right.ends())),
        Either::Right(upgrade) => {
            tokio::spawn(carry(upgrade, opened, right));
            gateway::switching(PLAIN)
        }
    })
}

async fn carry(upgrade: hyper::upgrade::OnUpgrade, opened: Opened, right: Right) {
    match upgrade.await {
        Ok(client) => opened.carry(TokioIo::new(client), right.ends()).await,
        Err(error) => tracing::debug!(%error, "a client did not take its tunnel"),
    }
}

/// The right by which a tunnel is open.
struct Right {
    app: Shared,
    context: Context,
    action: Action,
    scope: Scope,
}

impl Right {
    /// Waits until it ends, or the server does.
    async fn ends(self) {
        let closing = self.app.closing.clone();
        let lost = self.lost();
        future::select(std::pin::pin!(closing.cancelled()), std::pin::pin!(lost)).await;
    }

    async fn lost(self) {
        let mut recheck = tokio::time::interval(self.app.recheck);
        loop {
            recheck.tick().await;
            match self.app.engine.authorize_read(&self.context, self.action, self.scope).await {
                Err(refusal) if refusal.code != Code::Unavailable && refusal.code != Code::Overloaded => return,
                // A log that cannot be read says nothing about rights.
                Ok(_) | Err(_) => {}
            }
        }
    }
}
