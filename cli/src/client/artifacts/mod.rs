//! `gpuaas artifacts`: the images that apps run, by digest.

pub(super) mod show;

use std::time::Duration;

use clap::{Args, Subcommand};
use gpuaas_sdk::{
    Accelerator, Architecture, Artifact, ArtifactStatus, Image, ListArtifactsQuery, MediaType, NewArtifact,
};

use super::change::Change;
use super::words::words;
use super::{Ask, Session, pages, resolve};
use crate::output::{self, Failure};

/// Between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(250);

/// Artifacts: the images that apps run. Each is uploaded, verified, published, and promoted to be launched.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lets the platform know of an image by its digest. The registry is asked about it.
    Upload(Upload),
    /// Lists the artifacts of an app.
    List {
        /// The app's slug.
        app: String,
        /// Only those that profiles call so.
        #[arg(long)]
        name: Option<String>,
        /// Only those.
        #[arg(long, value_parser = words(ArtifactStatus::ALL, ArtifactStatus::as_str))]
        status: Option<ArtifactStatus>,
    },
    /// Shows an artifact.
    Show {
        #[command(flatten)]
        named: Named,
    },
    /// Lets the registry be asked again.
    Verify {
        #[command(flatten)]
        named: Named,
        /// Wait for what it says.
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Offers a verified artifact.
    Publish {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Lets a published artifact be launched.
    Promote {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
    /// Lets an artifact be launched no more; what runs stays.
    Retire {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        change: Change,
    },
}

/// An image.
#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The app's slug.
    app: String,
    /// What profiles call it: lowercase letters, digits and single hyphens.
    name: String,
    #[command(flatten)]
    image: From,
    /// The processor it is for.
    #[arg(long, value_parser = words(Architecture::ALL, Architecture::as_str), default_value = "amd64")]
    architecture: Architecture,
    /// Whose GPUs it is for; by default none's.
    #[arg(long, value_parser = words(Accelerator::ALL, Accelerator::as_str))]
    accelerator: Option<Accelerator>,
    /// What the digest names.
    #[arg(long, value_name = "TYPE", value_parser = words(MediaType::ALL, MediaType::as_str),
        default_value = MediaType::ApplicationVndOciImageManifestV1Json.as_str())]
    media_type: MediaType,
    /// Wait for what the registry says of it.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    change: Change,
}

/// Where the image is.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct From {
    /// In a registry, by manifest digest: HOST/PATH@sha256:….
    #[arg(long, value_name = "REFERENCE")]
    image: Option<String>,
    /// In the node's own engine, by config digest; only where the operator allows it.
    #[arg(long, value_name = "DIGEST")]
    local_image: Option<String>,
}

/// An artifact of an app.
#[derive(Debug, Args)]
pub(crate) struct Named {
    /// The app's slug.
    app: String,
    /// Its id; or its name, if only one has it that is not retired.
    artifact: String,
}

impl Named {
    async fn id(&self, session: &Session) -> Result<String, Failure> {
        resolve::artifact(&session.client, &self.app, &self.artifact).await
    }
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let Session { client, format } = session;
        let artifact = match self {
            Self::List { app, name, status } => return list(session, &app, name, status).await,
            Self::Upload(Upload { app, name, image, architecture, accelerator, media_type, wait, change }) => {
                let From { image: registry, local_image } = image;
                let image = Image { local_image, registry };
                let body = NewArtifact { accelerator, architecture, image, media_type, name };
                let uploaded = client.upload_artifact(&app, &body, &change.mutation()).await?.value;
                judged(session, &app, uploaded, wait && !change.is_trial()).await?
            }
            Self::Show { named } => client.get_artifact(&named.app, &named.id(session).await?).await?.value,
            Self::Verify { named, wait, change } => {
                let id = named.id(session).await?;
                let asked = client.verify_artifact(&named.app, &id, &change.mutation()).await?.value;
                judged(session, &named.app, asked, wait && !change.is_trial()).await?
            }
            Self::Publish { named, change } => {
                client.publish_artifact(&named.app, &named.id(session).await?, &change.mutation()).await?.value
            }
            Self::Promote { named, change } => {
                client.promote_artifact(&named.app, &named.id(session).await?, &change.mutation()).await?.value
            }
            Self::Retire { named, change } => {
                client.retire_artifact(&named.app, &named.id(session).await?, &change.mutation()).await?.value
            }
        };
        output::one(*format, &artifact)
    }
}

/// The artifact once the registry was asked about it, if that is waited for.
async fn judged(session: &Session, app: &str, mut artifact: Artifact, wait: bool) -> Result<Artifact, Failure> {
    while wait && artifact.status == ArtifactStatus::Uploaded && artifact.fault.is_none() {
        tokio::time::sleep(PAUSE).await;
        artifact = session.client.get_artifact(app, &artifact.id).await?.value;
    }
    Ok(artifact)
}

async fn list(
    session: &Session,
    app: &str,
    name: Option<String>,
    status: Option<ArtifactStatus>,
) -> Result<(), Failure> {
    let found = pages::all(async |cursor| {
        let query = ListArtifactsQuery { name: name.clone(), status, cursor, limit: pages::LIMIT };
        let page = session.client.list_artifacts(app, &query).await?.value;
        Ok((page.items, page.next_cursor))
    });
    output::list(session.format, &found.await?)
}
