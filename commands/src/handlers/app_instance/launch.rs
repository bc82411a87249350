//! The launch: every check at once, and nothing queued unless all of them pass.

use std::sync::Arc;

use async_trait::async_trait;
use gpuaas_domain::Code;
use gpuaas_domain::allocation::{self, Active, Allocation};
use gpuaas_domain::app_instance::{self, AppInstance, Requested};
use gpuaas_domain::app_version::AppVersion;
use gpuaas_domain::artifact::{Artifact, Candidate, select};
use gpuaas_domain::bounded::Text;
use gpuaas_domain::entitlement::Entitlement;
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AllocationId, AppId, AppVersionId, ArtifactId, InstanceId, OrganizationId, ProjectId};
use gpuaas_domain::launch_checks::{Environment, Launch, findings};
use gpuaas_domain::node_protocol::task::{self, Identity, Image, ImageReference, LaunchSpec, Placement};
use gpuaas_domain::profile::{Choice, Given, LaunchFault, Profile, Running, Values, plan};
use gpuaas_log::append::StreamId;
use gpuaas_log::hash::Hash;

use crate::authorization::Action;
use crate::engine::{Command, Unit};
use crate::handlers::app::visible_app;
use crate::handlers::app_version::version_by_name;
use crate::handlers::entitlement::entitlement_id;
use crate::launch_values;
use crate::refusal::{FieldError, Refusal};

/// Launches a version of an app on an allocation.
#[derive(Debug, Clone)]
pub struct LaunchInstance {
    /// For which project.
    pub project: ProjectId,
    /// Which app, by its slug.
    pub app_slug: String,
    /// Which version of it, by its name.
    pub app_version: String,
    /// Name for people.
    pub display_name: String,
    /// On which allocation.
    pub allocation: AllocationId,
    /// Which artifact; `None`: the one that fits.
    pub artifact: Option<ArtifactId>,
    /// Parameters.
    pub given: Given,
    /// What this environment can do.
    pub environment: Arc<Environment>,
}

/// What was found of a launch, before it is judged.
struct Found {
    organization: OrganizationId,
    app: AppId,
    version_id: AppVersionId,
    version: AppVersion,
    version_name: Text<64>,
    entitlement: Entitlement,
    allocation: Allocation,
    profile: Profile,
}

#[async_trait]
impl Command for LaunchInstance {
    const NAME: &'static str = "app_instance.launch";
    type Aggregate = AppInstance;

    fn serialize_on(&self) -> Vec<StreamId> {
        vec![StreamId::new("allocation", gpuaas_domain::id::TypedId::uuid(self.allocation))]
    }

    async fn run(&self, unit: &mut Unit<'_>) -> Result<InstanceId, Refusal> {
        let project = super::super::authorized_active_project(unit, self.project, Action::LaunchInstance).await?;
        let found = self.find(unit, project.organization).await?;
        let chosen = self.choose(&found.profile);
        let gpu_count = chosen.as_ref().map_or(0, |choice| choice.gpu_count);
        let (artifact_id, artifact) = self.artifact(unit, &found, gpu_count).await?;
        self.judge(&found, &artifact, &chosen)?;
        let (Ok(choice), Some(artifact_id), Some(active)) = (chosen, artifact_id, found.allocation.held()) else {
            return Err(Refusal::internal("a launch passed its checks without what they check"));
        };
        let id: InstanceId = unit.new_id();
        let spec = self.spec(id, &found, &choice, &artifact, active)?;
        let requested = self.requested(&found, artifact_id, &spec, unit)?;
        let request = app_instance::Command::Request(Box::new(requested));
        unit.decide::<AppInstance>(id, Some(found.organization), request).await?;
        let Choice { cpu_cores, memory_gib, gpu_count, .. } = choice;
        let attach = allocation::Command::Attach { instance: id, cpu_cores, memory_gib, gpu_count };
        unit.decide::<Allocation>(self.allocation, Some(found.organization), attach).await?;
        Ok(id)
    }
}

impl LaunchInstance {
    /// Looks everything up. What the launch rests on guards the append.
    async fn find(&self, unit: &mut Unit<'_>, organization: OrganizationId) -> Result<Found, Refusal> {
        let app = visible_app(unit, organization, &self.app_slug).await?;
        let version_id = version_by_name(unit, app, &self.app_version).await?;
        let version = unit.load::<AppVersion>(version_id).await?;
        unit.depend_on::<AppVersion>(version_id).await?;
        let entitlement_id = entitlement_id(self.project, app);
        let entitlement = unit.load::<Entitlement>(entitlement_id).await?;
        unit.depend_on::<Entitlement>(entitlement_id).await?;
        let allocation = unit.load::<Allocation>(self.allocation).await?;
        // Another organization's is not told apart from none.
        if allocation.requested().is_none_or(|requested| requested.organization != organization) {
            return Err(Refusal::not_found("allocation"));
        }
        let Some(details) = version.details() else { return Err(Refusal::not_found("app version")) };
        let manifest = unit.blob(details.manifest).await?;
        let manifest = serde_json::from_slice(&manifest).map_err(Refusal::internal)?;
        let profile = Profile::parse(&manifest).map_err(|faults| Refusal::internal(format!("{faults:?}")))?;
        let version_name = details.version.clone();
        Ok(Found { organization, app, version_id, version, version_name, entitlement, allocation, profile })
    }

    fn choose(&self, profile: &Profile) -> Result<Choice, Vec<LaunchFault>> {
        let values = Values::complete(profile, &self.given)?;
        let misfits = launch_values::misfits(profile, &values);
        if misfits.is_empty() { Choice::read(profile, &values) } else { Err(misfits) }
    }

    /// The artifact that was named, or else the one that fits; absent if there is none.
    async fn artifact(
        &self,
        unit: &mut Unit<'_>,
        found: &Found,
        gpu_count: u16,
    ) -> Result<(Option<ArtifactId>, Artifact), Refusal> {
        let id = match self.artifact {
            Some(id) => Some(id),
            None => {
                let facts = unit.facts()?.artifacts(found.app, unit.head()).await?;
                let candidates: Vec<Candidate<'_>> =
                    facts.iter().map(|fact| Candidate { id: fact.id, artifact: &fact.state }).collect();
                let shape = found.allocation.requested().map(|requested| &requested.shape);
                shape.and_then(|shape| select(&found.profile, &candidates, shape, gpu_count))
            }
        };
        let Some(id) = id else { return Ok((None, Artifact::Absent)) };
        let artifact = unit.load::<Artifact>(id).await?;
        if artifact.details().is_none_or(|details| details.app != found.app) {
            return Err(Refusal::not_found("artifact"));
        }
        unit.depend_on::<Artifact>(id).await?;
        Ok((Some(id), artifact))
    }

    /// Every check and every fault of the values, in one refusal. Its code is the first one's.
    fn judge(
        &self,
        found: &Found,
        artifact: &Artifact,
        chosen: &Result<Choice, Vec<LaunchFault>>,
    ) -> Result<(), Refusal> {
        let launch = Launch {
            project: self.project,
            allocation: &found.allocation,
            version: &found.version,
            entitlement: &found.entitlement,
            artifact,
            profile: &found.profile,
            choice: chosen.as_ref().ok(),
            environment: &self.environment,
        };
        let of_values = chosen.as_ref().err().into_iter().flatten();
        let of_values = of_values.map(|fault| (fault.code, fault.field.clone(), fault.message.clone()));
        let of_checks = findings(&launch).into_iter().map(|it| (it.code, it.check.as_str().to_owned(), it.remedy));
        let failed: Vec<(Code, String, String)> = of_values.chain(of_checks).collect();
        let Some((code, _, message)) = failed.first() else { return Ok(()) };
        let message = match failed.len() {
            1 => message.clone(),
            many => format!("{many} things stand against this launch; the first: {message}"),
        };
        let mut refusal = Refusal::new(*code, message);
        let field = |(code, field, message): (Code, String, String)| FieldError {
            field,
            message: format!("{}: {message}", code.as_str()),
        };
        refusal.fields = failed.into_iter().map(field).collect();
        Err(refusal)
    }

    fn spec(
        &self,
        instance: InstanceId,
        found: &Found,
        choice: &Choice,
        artifact: &Artifact,
        active: &Active,
    ) -> Result<LaunchSpec, Refusal> {
        let checked = artifact.require_promoted()?;
        let share = active.share(choice.cpu_cores, choice.memory_gib, choice.gpu_count)?;
        let (organization, project, allocation) = (found.organization, self.project, self.allocation);
        let running = Running {
            version: found.version_name.clone(),
            identity: Identity { organization, project, allocation, instance },
            placement: Placement { node: active.placed.node, slots: active.placed.slots.clone(), gpus: share.gpus },
            artifact: task::Artifact {
                image: checked.uploaded.image.clone(),
                config_digest: checked.verified.config_digest.clone(),
                architecture: checked.uploaded.architecture,
                pull_credential: self.login(&checked.uploaded.image),
                secrets: Vec::new(),
            },
        };
        let spec = plan(&found.profile, choice, running);
        spec.check().map_err(|fault| Refusal::new(Code::ManifestInvalid, fault.to_string()))?;
        Ok(spec)
    }

    /// What the node asks for to log in where the image is.
    fn login(&self, image: &Image) -> Option<Text<120>> {
        match image {
            Image::LocalImage(_) => None,
            Image::Registry(name) => {
                let image = ImageReference::parse(name).ok()?;
                self.environment.logins.get(image.registry()).cloned()
            }
        }
    }

    fn requested(
        &self,
        found: &Found,
        artifact: ArtifactId,
        spec: &LaunchSpec,
        unit: &mut Unit<'_>,
    ) -> Result<Requested, Refusal> {
        let text = serde_json::to_vec(spec).map_err(Refusal::internal)?;
        if text.len() > task::MAX_SPEC {
            let message = format!("what the node would be given is larger than {} bytes", task::MAX_SPEC);
            return Err(Refusal::new(Code::ManifestInvalid, message));
        }
        let launch = Digest(Hash::of_blob(&text).0);
        unit.attach(Arc::from(text));
        Ok(Requested {
            organization: found.organization,
            project: self.project,
            display_name: self.display_name.clone(),
            app: found.app,
            app_version: found.version_id,
            artifact,
            image: spec.artifact.image.clone(),
            allocation: self.allocation,
            node: spec.placement.node,
            values: spec.values.clone(),
            endpoints: spec.endpoints.clone(),
            launch,
        })
    }
}
