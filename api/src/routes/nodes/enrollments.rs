//! Enrollment tokens: each lets one agent take a node for its own, once.

use axum::extract::State;
use gpuaas_commands::Answer;
use gpuaas_commands::handlers::enrollment::{IssueEnrollment, RevokeEnrollment};
use gpuaas_domain::enrollment::Enrollment;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::node_protocol::token::EnrollmentToken;

use super::path::{EnrollmentPath, NodePath};
use crate::app::{App, Shared};
use crate::http::answer::Changed;
use crate::http::mutation::NoBody;
use crate::http::{Mutation, Problem};
use crate::resource::Resource;
use crate::views::enrollment::{EnrollmentView, IssuedEnrollment, NewEnrollment};

/// For how many seconds a token counts if nobody says: an hour.
const USUAL_SECONDS: u64 = 3600;

/// Issues an enrollment token for a node. It is told once.
#[utoipa::path(post, path = "/api/v1/nodes/{node_id}/enrollment-tokens", tag = "nodes",
    operation_id = "issue_enrollment_token", params(NodePath), request_body = NewEnrollment,
    responses((status = 201, description = "The new enrollment token", body = IssuedEnrollment)))]
pub(in crate::routes) async fn issue(
    State(app): State<Shared>,
    mutation: Mutation<NodePath, NewEnrollment>,
) -> Result<Changed<IssuedEnrollment>, Problem> {
    let node = mutation.path.node_id;
    let seconds = mutation.body.expires_in.unwrap_or(USUAL_SECONDS);
    let answer = app.engine.execute(&mutation.context, &IssueEnrollment { node, seconds }).await?;
    let enrollment = EnrollmentView::of(Resource::of_answer(&app, &answer).await?)?;
    let view = IssuedEnrollment { enrollment, token: reveal(&app, &answer)? };
    Ok(Changed::new(&app, &answer, view).added(mutation.context.dry_run))
}

/// Revokes an enrollment token that was not used.
#[utoipa::path(delete, path = "/api/v1/nodes/{node_id}/enrollment-tokens/{enrollment_id}", tag = "nodes",
    operation_id = "revoke_enrollment_token", params(EnrollmentPath),
    responses((status = 200, description = "The revoked enrollment token", body = EnrollmentView)))]
pub(in crate::routes) async fn revoke(
    State(app): State<Shared>,
    mutation: Mutation<EnrollmentPath, NoBody>,
) -> Result<Changed<EnrollmentView>, Problem> {
    let EnrollmentPath { node_id: node, enrollment_id: id } = mutation.path;
    let answer = app.engine.execute(&mutation.context, &RevokeEnrollment { node, id }).await?;
    let view = EnrollmentView::of(Resource::of_answer(&app, &answer).await?)?;
    Ok(Changed::new(&app, &answer, view))
}

/// The token as text; none after a dry run.
fn reveal(app: &App, answer: &Answer<Enrollment>) -> Result<Option<String>, Problem> {
    let Some(secret) = &answer.secret else { return Ok(None) };
    let secret: Digest = secret.parse().map_err(Problem::internal)?;
    let ca_fingerprint = app.gateway.authority.fingerprint();
    Ok(Some(EnrollmentToken { enrollment: answer.id, secret: secret.0, ca_fingerprint }.reveal()))
}
