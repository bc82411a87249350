//! Service accounts.

use axum::Json;
use axum::extract::State;
use gpuaas_commands::handlers::service_account::{
    ChangeServiceAccountRole, CreateServiceAccount, DeleteServiceAccount,
};
use gpuaas_commands::{Action, Answer};
use gpuaas_domain::service_account::ServiceAccount;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{InProject, ServiceAccountPath};
use super::scope;
use crate::app::{App, Shared};
use crate::http::answer::{Changed, Found};
use crate::http::mutation::NoBody;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read, ReadOne};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::service_account::{NewServiceAccount, ServiceAccountChange, ServiceAccountView};

/// Which service accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ServiceAccounts {
    /// With exactly this name.
    #[param(max_length = 48)]
    name: Option<String>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the service accounts of a project.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/service-accounts", tag = "service accounts",
    operation_id = "list_service_accounts", params(InProject, ServiceAccounts),
    responses((status = 200, description = "A page, by name", body = Page<ServiceAccountView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InProject, ServiceAccounts>,
) -> Result<Json<Page<ServiceAccountView>>, Problem> {
    let project = read.path.project_id;
    read.allow(&app, Action::ReadServiceAccounts, scope::project(&app, project).await?).await?;
    let ServiceAccounts { name, limit, cursor } = read.query;
    let statuses = ["active".to_owned()].into();
    let filter = Filter { project: Some(project), name, statuses, ..Filter::default() };
    let (found, next_cursor) =
        app.reads.list::<ServiceAccount>(&filter, Wanted { limit, cursor, by_name: true }).await?;
    let items = found.into_iter().map(ServiceAccountView::of).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor }))
}

/// Creates a service account. It acts once it has a secret.
#[utoipa::path(post, path = "/api/v1/projects/{project_id}/service-accounts", tag = "service accounts",
    operation_id = "create_service_account", params(InProject), request_body = NewServiceAccount,
    responses((status = 201, description = "The new service account", body = ServiceAccountView)))]
pub async fn create(
    State(app): State<Shared>,
    mutation: Mutation<InProject, NewServiceAccount>,
) -> Result<Changed<ServiceAccountView>, Problem> {
    let project = mutation.path.project_id;
    let NewServiceAccount { name, role } = mutation.body;
    let answer = app.engine.execute(&mutation.context, &CreateServiceAccount { project, name, role }).await?;
    let location = format!("/api/v1/projects/{project}/service-accounts/{}", answer.id);
    Ok(changed(&app, &answer).await?.created(mutation.context.dry_run, location))
}

/// Shows a service account.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/service-accounts/{service_account_id}",
    tag = "service accounts", operation_id = "get_service_account", params(ServiceAccountPath),
    responses((status = 200, description = "The service account", body = ServiceAccountView)))]
pub async fn get(
    State(app): State<Shared>,
    read: ReadOne<ServiceAccountPath>,
) -> Result<Found<ServiceAccountView>, Problem> {
    let ServiceAccountPath { project_id, service_account_id } = read.path;
    read.allow(&app, Action::ReadServiceAccounts, scope::project(&app, project_id).await?).await?;
    let is_here = |state: &ServiceAccount| match state {
        ServiceAccount::Active(details) => details.project == project_id,
        ServiceAccount::Deleted(_) | ServiceAccount::Absent => false,
    };
    let found = read.one_of(&app, service_account_id, is_here).await?;
    Ok(Found { version: found.version, view: ServiceAccountView::of(found)? })
}

/// Changes what a service account may do.
#[utoipa::path(patch, path = "/api/v1/projects/{project_id}/service-accounts/{service_account_id}",
    tag = "service accounts", operation_id = "update_service_account", params(ServiceAccountPath),
    request_body = ServiceAccountChange,
    responses((status = 200, description = "The service account as it is now", body = ServiceAccountView)))]
pub async fn change(
    State(app): State<Shared>,
    mutation: Mutation<ServiceAccountPath, ServiceAccountChange>,
) -> Result<Changed<ServiceAccountView>, Problem> {
    let ServiceAccountPath { project_id: project, service_account_id: id } = mutation.path;
    let command = ChangeServiceAccountRole { project, id, role: mutation.body.role };
    changed(&app, &app.engine.execute(&mutation.context, &command).await?).await
}

/// Deletes a service account: its tokens stop counting at once.
#[utoipa::path(delete, path = "/api/v1/projects/{project_id}/service-accounts/{service_account_id}",
    tag = "service accounts", operation_id = "delete_service_account", params(ServiceAccountPath),
    responses((status = 200, description = "The service account as it was", body = ServiceAccountView)))]
pub async fn delete(
    State(app): State<Shared>,
    mutation: Mutation<ServiceAccountPath, NoBody>,
) -> Result<Changed<ServiceAccountView>, Problem> {
    let ServiceAccountPath { project_id: project, service_account_id: id } = mutation.path;
    changed(&app, &app.engine.execute(&mutation.context, &DeleteServiceAccount { project, id }).await?).await
}

pub(super) async fn changed(
    app: &App,
    answer: &Answer<ServiceAccount>,
) -> Result<Changed<ServiceAccountView>, Problem> {
    let view = ServiceAccountView::of(Resource::of_answer(app, answer).await?)?;
    Ok(Changed::new(app, answer, view))
}
