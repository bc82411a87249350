use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::aggregate::Aggregate;
use crate::allocation::{Placed, Requested};
use crate::artifact::{Promoted, Published, Retired, Uploaded, Verified};
use crate::bounded::Text;
use crate::fixed::Digest;
use crate::id::{AppId, InstanceId, NodeId, OrganizationId, SkuId, TypedId};
use crate::node::Architecture;
use crate::profile::{Given, MediaType, Overrides, Values};
use crate::sku::Shape;
use crate::time::Timestamp;
use crate::{allocation, app_version, entitlement};

/// A launch that passes, to be spoiled.
struct World {
    project: ProjectId,
    allocation: Allocation,
    version: AppVersion,
    entitlement: Entitlement,
    artifact: Artifact,
    profile: Profile,
    choice: Option<Choice>,
    environment: Environment,
}

impl World {
    fn launch(&self) -> Launch<'_> {
        Launch {
            project: self.project,
            allocation: &self.allocation,
            version: &self.version,
            entitlement: &self.entitlement,
            artifact: &self.artifact,
            profile: &self.profile,
            choice: self.choice.as_ref(),
            environment: &self.environment,
        }
    }
}

fn uuid() -> Uuid {
    Uuid::from_u128(1)
}

fn folded<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> A {
    A::default().evolve_all(&events.into_iter().collect::<Vec<_>>())
}

fn requested() -> Requested {
    Requested {
        organization: OrganizationId::from_uuid(uuid()),
        project: ProjectId::from_uuid(uuid()),
        display_name: "Notebooks".into(),
        sku: SkuId::from_uuid(uuid()),
        shape: Shape { architecture: Architecture::Amd64, cpu_cores: 4, memory_gib: 8, gpu: None },
        wait_until: None,
        unplaced: vec![],
        unplaced_nodes: 0,
    }
}

fn active() -> Allocation {
    let placed = Placed { at: Timestamp(1), node: NodeId::from_uuid(uuid()), slots: vec![], gpus: vec![] };
    folded([requested().into(), placed.into()])
}

fn published() -> AppVersion {
    let version = Text::new("1").unwrap();
    let created =
        app_version::Created { organization: None, app: AppId::from_uuid(uuid()), version, manifest: Digest([1; 32]) };
    folded([created.into(), app_version::Published {}.into()])
}

fn uploaded() -> Uploaded {
    Uploaded {
        organization: None,
        app: AppId::from_uuid(uuid()),
        name: Text::new("runtime-cpu").unwrap(),
        image: Image::Registry(Text::new(format!("127.0.0.1:5000/lab@sha256:{}", "a1".repeat(32))).unwrap()),
        media_type: MediaType::OciImageManifest,
        architecture: Architecture::Amd64,
        accelerator: None,
    }
}

fn promoted(uploaded: Uploaded) -> Artifact {
    let verified = Verified { config_digest: None, size_bytes: 1 };
    folded([uploaded.into(), verified.into(), Published {}.into(), Promoted {}.into()])
}

fn profile(change: impl FnOnce(&mut serde_json::Value)) -> Profile {
    let mut manifest = serde_json::from_str(include_str!("profile/jupyterlab.json")).unwrap();
    change(&mut manifest);
    Profile::parse(&manifest).unwrap()
}

fn choice(profile: &Profile, config: serde_json::Value, overrides: Overrides) -> Option<Choice> {
    let given = Given { config: config.as_object().unwrap().clone(), resource_overrides: overrides };
    Some(Choice::read(profile, &Values::complete(profile, &given).unwrap()).unwrap())
}

fn without_gpu() -> Overrides {
    Overrides { gpu_count: Some(0), ..Overrides::default() }
}

fn world() -> World {
    let profile = profile(|_| {});
    let enabled = entitlement::Enabled {
        organization: OrganizationId::from_uuid(uuid()),
        project: ProjectId::from_uuid(uuid()),
        app: AppId::from_uuid(uuid()),
    };
    World {
        project: ProjectId::from_uuid(uuid()),
        allocation: active(),
        version: published(),
        entitlement: folded([enabled.into()]),
        artifact: promoted(uploaded()),
        choice: choice(&profile, json!({}), without_gpu()),
        profile,
        environment: Environment::first(false),
    }
}

fn check(spoil: impl FnOnce(&mut World), expected: &[(Check, Code)]) {
    let mut world = world();
    spoil(&mut world);
    let found = findings(&world.launch());
    let codes: Vec<(Check, Code)> = found.iter().map(|finding| (finding.check, finding.code)).collect();
    assert_eq!(codes, expected, "{found:?}");
    assert!(found.iter().all(|finding| finding.remedy.contains(';') || finding.remedy.contains("is none of")));
}

#[test]
fn a_sound_launch_passes() {
    check(|_| {}, &[]);
}

#[test]
fn the_allocation_has_to_be_active_and_the_projects_own() {
    check(
        |world| world.allocation = folded([requested().into()]),
        &[(Check::AllocationActive, Code::AllocationNotActive)],
    );
    let other = ProjectId::from_uuid(Uuid::from_u128(2));
    check(|world| world.project = other, &[(Check::AllocationInProject, Code::AllocationOfAnotherProject)]);
}

#[test]
fn the_version_has_to_be_published_and_entitled() {
    let retired = published().evolve(&app_version::Retired {}.into());
    check(|world| world.version = retired, &[(Check::VersionLaunchable, Code::AppVersionRetired)]);
    check(|world| world.entitlement = Entitlement::Absent, &[(Check::VersionLaunchable, Code::AppNotEntitled)]);
}

#[test]
fn the_artifact_has_to_be_promoted() {
    check(|world| world.artifact = Artifact::Absent, &[(Check::ArtifactPromoted, Code::ArtifactMissing)]);
    check(|world| world.artifact = folded([uploaded().into()]), &[(Check::ArtifactPromoted, Code::ArtifactNotReady)]);
    let retired = promoted(uploaded()).evolve(&Retired {}.into());
    check(|world| world.artifact = retired, &[(Check::ArtifactPromoted, Code::ArtifactRetired)]);
    let other = Uploaded { name: Text::new("other").unwrap(), ..uploaded() };
    check(|world| world.artifact = promoted(other), &[(Check::ArtifactPromoted, Code::ArtifactMissing)]);
}

#[test]
fn the_digest_has_to_come_from_where_it_may() {
    let elsewhere = Some(BTreeSet::from(["registry.example.org".to_owned()]));
    check(|world| world.environment.registries = elsewhere, &[(Check::DigestTrusted, Code::DigestNotTrusted)]);
    let digest = format!("sha256:{}", "a1".repeat(32)).parse().unwrap();
    let local = Uploaded { image: Image::LocalImage(digest), ..uploaded() };
    let spoil = |world: &mut World| {
        world.profile = profile(|manifest| manifest["artifacts"]["primary_image"]["source"] = json!("local_image"));
        world.artifact = promoted(local);
    };
    check(spoil, &[(Check::DigestTrusted, Code::DigestNotTrusted)]);
}

#[test]
fn storage_and_exposure_have_to_be_there() {
    let stored = |world: &mut World| {
        world.choice = choice(&world.profile, json!({"workspace_mount": "project_storage"}), without_gpu());
    };
    check(stored, &[(Check::StorageAllowed, Code::StorageModeUnavailable)]);
    let exposed = |world: &mut World| {
        world.choice = choice(&world.profile, json!({"exposure_mode": "platform_proxy"}), without_gpu());
    };
    check(exposed, &[(Check::ExposureSupported, Code::ExposureUnavailable)]);
}

#[test]
fn what_is_asked_for_has_to_fit() {
    let gpu = |world: &mut World| world.choice = choice(&world.profile, json!({}), Overrides::default());
    check(gpu, &[(Check::ShapeFits, Code::NotEnoughGpus)]);
    let large = Overrides { memory_gib: Some(9), ..without_gpu() };
    let memory = |world: &mut World| world.choice = choice(&world.profile, json!({}), large);
    check(memory, &[(Check::ShapeFits, Code::ResourcesExceedAllocation)]);
    let arm = Uploaded { architecture: Architecture::Arm64, ..uploaded() };
    check(|world| world.artifact = promoted(arm), &[(Check::ShapeFits, Code::ArchitectureMismatch)]);
    let nvidia = Uploaded { accelerator: Some(Accelerator::Nvidia), ..uploaded() };
    check(|world| world.artifact = promoted(nvidia), &[(Check::ShapeFits, Code::ArchitectureMismatch)]);
}

#[test]
fn what_other_workloads_have_counts() {
    let attach = allocation::Command::Attach {
        instance: InstanceId::from_uuid(uuid()),
        cpu_cores: 3,
        memory_gib: 1,
        gpu_count: 0,
    };
    let shared = active().evolve_all(&active().decide(attach).unwrap());
    check(|world| world.allocation = shared, &[(Check::ShapeFits, Code::ResourcesExceedAllocation)]);
}

#[test]
fn the_engine_has_to_be_there() {
    let compose = |manifest: &mut serde_json::Value| manifest["execution"]["default_engine"] = json!("docker_compose");
    check(|world| world.profile = profile(compose), &[(Check::EngineEnabled, Code::EngineUnavailable)]);
    let future = |manifest: &mut serde_json::Value| {
        manifest["execution"]["supported_engines"][0]["status"] = json!("future");
    };
    check(|world| world.profile = profile(future), &[(Check::EngineEnabled, Code::EngineUnavailable)]);
}

#[test]
fn everything_that_fails_is_said_at_once() {
    let spoil = |world: &mut World| {
        world.allocation = folded([requested().into()]);
        world.project = ProjectId::from_uuid(Uuid::from_u128(2));
        world.version = AppVersion::Draft(published().details().unwrap().clone());
        world.entitlement = Entitlement::Absent;
        world.environment.engines.clear();
        world.choice = None;
    };
    let expected = [
        (Check::AllocationActive, Code::AllocationNotActive),
        (Check::AllocationInProject, Code::AllocationOfAnotherProject),
        (Check::VersionLaunchable, Code::AppVersionNotPublished),
        (Check::VersionLaunchable, Code::AppNotEntitled),
        (Check::EngineEnabled, Code::EngineUnavailable),
    ];
    check(spoil, &expected);
}
