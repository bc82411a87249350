//! Entitlements: which apps a project may launch.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use axum::Json;
use axum::extract::State;
use gpuaas_commands::Action;
use gpuaas_commands::handlers::entitlement::SetEntitlement;
use gpuaas_domain::app::App;
use gpuaas_domain::entitlement::Entitlement;
use gpuaas_domain::id::AppId;
use gpuaas_projections::queries::Filter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::{EntitlementPath, InProject};
use super::scope;
use crate::app::Shared;
use crate::http::answer::Changed;
use crate::http::page::Page;
use crate::http::{Mutation, Problem, Read};
use crate::reads::Wanted;
use crate::resource::Resource;
use crate::views::entitlement::{EntitlementChange, EntitlementView};

/// Which entitlements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Entitlements {
    /// Those that are enabled, or those that are not; left out: both.
    enabled: Option<bool>,
    /// Most items of the page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
    /// `next_cursor` of the page before.
    #[param(max_length = 1024)]
    cursor: Option<String>,
}

/// Lists the apps that a project may launch, or might once.
#[utoipa::path(get, path = "/api/v1/projects/{project_id}/apps/entitlements", tag = "catalog",
    operation_id = "list_entitlements", params(InProject, Entitlements),
    responses((status = 200, description = "A page, by age", body = Page<EntitlementView>)))]
pub async fn list(
    State(app): State<Shared>,
    read: Read<InProject, Entitlements>,
) -> Result<Json<Page<EntitlementView>>, Problem> {
    let project = read.path.project_id;
    read.allow(&app, Action::ReadEntitlements, scope::project(&app, project).await?).await?;
    let Entitlements { enabled, limit, cursor } = read.query;
    let word = |enabled| if enabled { "enabled" } else { "disabled" };
    let statuses = enabled.map(|enabled| word(enabled).to_owned()).into_iter().collect();
    let filter = Filter { project: Some(project), statuses, ..Filter::default() };
    let (found, next_cursor) = app.reads.list::<Entitlement>(&filter, Wanted { limit, cursor, by_name: false }).await?;
    let mut slugs: BTreeMap<AppId, String> = BTreeMap::new();
    let mut items = Vec::with_capacity(found.len());
    for resource in found {
        let Some(of) = resource.state.details().map(|details| details.app) else { continue };
        let slug = match slugs.entry(of) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => new.insert(slug(&app, of).await?).clone(),
        };
        items.push(EntitlementView::of(resource, slug)?);
    }
    Ok(Json(Page { items, next_cursor }))
}

/// Lets a project launch an app, or no more; what runs stays.
#[utoipa::path(put, path = "/api/v1/projects/{project_id}/apps/entitlements/{app_slug}", tag = "catalog",
    operation_id = "set_entitlement", params(EntitlementPath), request_body = EntitlementChange,
    responses((status = 200, description = "The entitlement as it is now", body = EntitlementView)))]
pub async fn set(
    State(app): State<Shared>,
    mutation: Mutation<EntitlementPath, EntitlementChange>,
) -> Result<Changed<EntitlementView>, Problem> {
    let EntitlementPath { project_id: project, app_slug } = mutation.path;
    let command = SetEntitlement { project, app_slug, enabled: mutation.body.enabled };
    let answer = app.engine.execute(&mutation.context, &command).await?;
    let view = EntitlementView::of(Resource::of_answer(&app, &answer).await?, command.app_slug)?;
    Ok(Changed::new(&app, &answer, view))
}

/// The slug of an app that an entitlement names; it never changes.
async fn slug(app: &Shared, id: AppId) -> Result<String, Problem> {
    let (state, _) = app.engine.state::<App>(id).await?;
    state.details().map(|details| details.slug.clone()).ok_or_else(Resource::<App>::missing)
}
