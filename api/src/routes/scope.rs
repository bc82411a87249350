//! Where the resources of a path are, for the access rules. One that is not there is not
//! told apart from one that must not be seen.

use gpuaas_commands::Scope;
use gpuaas_domain::id::{MembershipId, OrganizationId, ProjectId};
use gpuaas_domain::membership::Membership;
use gpuaas_domain::organization::Organization;
use gpuaas_domain::project::Project;

use crate::app::App;
use crate::http::Problem;
use crate::resource::Resource;

/// The scope of an organization.
pub(super) async fn organization(app: &App, id: OrganizationId) -> Result<Scope, Problem> {
    match app.engine.state::<Organization>(id).await?.0 {
        Organization::Absent => Err(Resource::<Organization>::missing()),
        Organization::Active { .. } => Ok(Scope::Organization(id)),
    }
}

/// The organization of a project.
pub(super) async fn owner(app: &App, project: ProjectId) -> Result<OrganizationId, Problem> {
    let (state, _) = app.engine.state::<Project>(project).await?;
    state.details().map(|details| details.organization).ok_or_else(Resource::<Project>::missing)
}

/// The scope of a project.
pub(super) async fn project(app: &App, project: ProjectId) -> Result<Scope, Problem> {
    Ok(Scope::Project { organization: owner(app, project).await?, project })
}

/// Succeeds if a membership is one of this organization, or of this project of it. That
/// never changes.
pub(super) async fn has_member(
    app: &App,
    organization: OrganizationId,
    project: Option<ProjectId>,
    id: MembershipId,
) -> Result<(), Problem> {
    let (state, _) = app.engine.state::<Membership>(id).await?;
    let details =
        state.details().filter(|details| (details.organization, details.grant.project()) == (organization, project));
    details.map(drop).ok_or_else(Resource::<Membership>::missing)
}
