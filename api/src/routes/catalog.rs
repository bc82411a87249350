//! Which app a slug in a path is, and who may see it: the platform's is for everybody, an
//! organization's for that organization. One that must not be seen is not told apart from
//! one that is not there.

use gpuaas_commands::{Action, Effects as _, Scope};
use gpuaas_domain::app::{App, SLUG_CLAIM};
use gpuaas_domain::app_version::AppVersion;
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::id::{AppId, AppVersionId, ArtifactId, OrganizationId, TypedId as _};
use gpuaas_log::append::Name;

use crate::app::Shared;
use crate::http::{Problem, Read, ReadOne};
use crate::resource::Resource;

/// The app of a slug, as the log has it: a new one is found at once.
pub(super) async fn named(app: &Shared, slug: &str) -> Result<AppId, Problem> {
    let hash = app.world.claim_key().claim(None, SLUG_CLAIM, slug);
    let holder = app.engine.log().claim_holder(Name::Borrowed(SLUG_CLAIM), hash).await.map_err(Problem::unavailable)?;
    holder.map(|stream| AppId::from_uuid(stream.id)).ok_or_else(Resource::<App>::missing)
}

/// An app that whoever reads may see.
pub(super) struct Visible {
    pub(super) id: AppId,
    /// Whose it is; `None`: the platform's.
    organization: Option<OrganizationId>,
}

/// The app of a slug, if whoever reads may see it.
pub(super) async fn visible<P, Q>(app: &Shared, read: &Read<P, Q>, slug: &str) -> Result<Visible, Problem> {
    let id = named(app, slug).await?;
    let (state, _) = app.engine.state::<App>(id).await?;
    let organization = state.details().ok_or_else(Resource::<App>::missing)?.organization;
    let seen = match organization {
        None => true,
        Some(organization) => read.may(app, Action::ReadCatalog, Scope::Organization(organization)).await,
    };
    if seen { Ok(Visible { id, organization }) } else { Err(Resource::<App>::missing()) }
}

/// Whether whoever reads may write versions of this app, and so sees its drafts.
pub(super) async fn sees_drafts<P, Q>(app: &Shared, read: &Read<P, Q>, of: &Visible) -> bool {
    match of.organization {
        None => read.may(app, Action::CreatePlatformVersion, Scope::Platform).await,
        Some(organization) => read.may(app, Action::CreateOrganizationVersion, Scope::Organization(organization)).await,
    }
}

/// A version of this app that whoever reads may see.
pub(super) async fn version<P, Q>(
    app: &Shared,
    read: &ReadOne<P, Q>,
    of: &Visible,
    id: AppVersionId,
) -> Result<Resource<AppVersion>, Problem> {
    let sees_drafts = sees_drafts(app, read, of).await;
    let is_here = |state: &AppVersion| {
        let belongs = state.details().is_some_and(|details| details.app == of.id);
        belongs && (sees_drafts || !matches!(state, AppVersion::Draft(_)))
    };
    read.one_of(app, id, is_here).await
}

/// An artifact of this app.
pub(super) async fn artifact<P, Q>(
    app: &Shared,
    read: &ReadOne<P, Q>,
    of: AppId,
    id: ArtifactId,
) -> Result<Resource<Artifact>, Problem> {
    read.one_of(app, id, |state: &Artifact| state.details().is_some_and(|details| details.app == of)).await
}
