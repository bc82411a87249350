//! Which app a slug in a path is, and who may see it: the platform's is for everybody, an
//! organization's for that organization. One that must not be seen is not told apart from
//! one that is not there.

use gpuaas_commands::{Action, Effects as _, Scope};
use gpuaas_domain::app::{App, SLUG_CLAIM};
use gpuaas_domain::app_version::AppVersion;
use gpuaas_domain::artifact::Artifact;
use gpuaas_domain::id::{AppId, AppVersionId, ArtifactId, TypedId as _};
use gpuaas_log::append::Name;

use crate::app::Shared;
use crate::http::{Problem, Read};
use crate::resource::Resource;

/// The app of a slug, as the log has it: a new one is found at once.
pub(super) async fn named(app: &Shared, slug: &str) -> Result<AppId, Problem> {
    let hash = app.world.claim_key().claim(None, SLUG_CLAIM, slug);
    let holder = app.engine.log().claim_holder(Name::Borrowed(SLUG_CLAIM), hash).await.map_err(Problem::unavailable)?;
    holder.map(|stream| AppId::from_uuid(stream.id)).ok_or_else(Resource::<App>::missing)
}

/// The app of a slug, if whoever reads may see it.
pub(super) async fn visible<P, Q>(app: &Shared, read: &Read<P, Q>, slug: &str) -> Result<AppId, Problem> {
    let id = named(app, slug).await?;
    let (state, _) = app.engine.state::<App>(id).await?;
    let seen = match state.details().map(|details| details.organization) {
        None => false,
        Some(None) => true,
        Some(Some(organization)) => read.may(app, Action::ReadCatalog, Scope::Organization(organization)).await,
    };
    if seen { Ok(id) } else { Err(Resource::<App>::missing()) }
}

/// A version of this app.
pub(super) async fn version(app: &Shared, of: AppId, id: AppVersionId) -> Result<Resource<AppVersion>, Problem> {
    let found = app.reads.one::<AppVersion>(id).await?;
    let belongs = found.state.details().is_some_and(|details| details.app == of);
    if belongs { Ok(found) } else { Err(Resource::<AppVersion>::missing()) }
}

/// An artifact of this app.
pub(super) async fn artifact(app: &Shared, of: AppId, id: ArtifactId) -> Result<Resource<Artifact>, Problem> {
    let found = app.reads.one::<Artifact>(id).await?;
    let belongs = found.state.details().is_some_and(|details| details.app == of);
    if belongs { Ok(found) } else { Err(Resource::<Artifact>::missing()) }
}
