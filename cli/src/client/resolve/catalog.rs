//! Names of what an app has. The app itself is always meant by its slug.

use gpuaas_domain::id::{AppVersionId, ArtifactId};
use gpuaas_sdk::{ArtifactStatus, Client, ListAppVersionsQuery, ListArtifactsQuery};

use super::{first, is_id, only};
use crate::client::pages;
use crate::output::Failure;

/// An id, or a version's name.
pub(in crate::client) async fn app_version(client: &Client, app: &str, text: &str) -> Result<String, Failure> {
    if is_id::<AppVersionId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListAppVersionsQuery { version: Some(text.to_owned()), ..Default::default() };
    let found = client.list_app_versions(app, &query).await?.value.items;
    first("version", text, found.into_iter().map(|version| version.id))
}

/// An id, or the name that profiles use, if only one artifact has it that is not retired.
pub(in crate::client) async fn artifact(client: &Client, app: &str, text: &str) -> Result<String, Failure> {
    if is_id::<ArtifactId>(text) {
        return Ok(text.to_owned());
    }
    let query = ListArtifactsQuery { name: Some(text.to_owned()), limit: pages::LIMIT, ..Default::default() };
    let found = client.list_artifacts(app, &query).await?.value.items.into_iter();
    only("artifact", text, found.map(|it| (it.id, it.status != ArtifactStatus::Retired)).collect())
}
