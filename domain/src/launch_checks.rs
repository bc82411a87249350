//! Whether a launch is allowed: nine checks, all evaluated together, before anything is
//! queued. Each that fails has a code and says what would make it pass.

use std::collections::{BTreeMap, BTreeSet};

use crate::aggregate::Rejected;
use crate::allocation::{Active, Allocation};
use crate::app_version::AppVersion;
use crate::artifact::{Accelerator, Artifact, is_named};
use crate::bounded::Text;
use crate::code::Code;
use crate::entitlement::Entitlement;
use crate::event::words;
use crate::id::ProjectId;
use crate::node_protocol::task::{Image, ImageReference, MountMode};
use crate::profile::{Choice, Engine, EngineStatus, ExposureMode, Profile};

words! {
    /// A launch check.
    pub enum Check {
        /// The allocation is active.
        AllocationActive = "allocation_active",
        /// The allocation belongs to the project.
        AllocationInProject = "allocation_in_project",
        /// The app's version is published, and the project entitled to the app.
        VersionLaunchable = "version_launchable",
        /// The artifact is promoted, and not retired.
        ArtifactPromoted = "artifact_promoted",
        /// The digest names what it says, from where it may come.
        DigestTrusted = "digest_trusted",
        /// The storage modes are the profile's, and there.
        StorageAllowed = "storage_allowed",
        /// The exposure is there.
        ExposureSupported = "exposure_supported",
        /// What is asked for fits what the allocation has left.
        ShapeFits = "shape_fits",
        /// The engine is there, and the profile ready for it.
        EngineEnabled = "engine_enabled",
    }
}

/// What an environment can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its engines.
    pub engines: BTreeSet<Engine>,
    /// Who can reach endpoints.
    pub exposures: BTreeSet<ExposureMode>,
    /// Where mounts can be.
    pub storage_modes: BTreeSet<MountMode>,
    /// Registries that images may come from; `None`: any that verified them.
    pub registries: Option<BTreeSet<String>>,
    /// What nodes ask for to log in to a registry, by its host; others take everybody.
    pub logins: BTreeMap<String, Text<120>>,
    /// Whether images of the node's own engine may run.
    pub local_images: bool,
}

impl Environment {
    /// What is there today: one container, reached by tunnel, with scratch space.
    #[must_use]
    pub fn first(local_images: bool) -> Self {
        Self {
            engines: BTreeSet::from([Engine::NodeAgent]),
            exposures: BTreeSet::from([ExposureMode::Private]),
            storage_modes: BTreeSet::from([MountMode::Scratch]),
            registries: None,
            logins: BTreeMap::new(),
            local_images,
        }
    }
}

/// What a launch rests on.
#[derive(Debug, Clone, Copy)]
pub struct Launch<'l> {
    /// Where it is asked for.
    pub project: ProjectId,
    /// Where it would run.
    pub allocation: &'l Allocation,
    /// Which version.
    pub version: &'l AppVersion,
    /// Whether the project may.
    pub entitlement: &'l Entitlement,
    /// Which artifact; absent if none was found.
    pub artifact: &'l Artifact,
    /// The version's manifest.
    pub profile: &'l Profile,
    /// What was chosen; `None` if the values were refused, which leaves out the checks on them.
    pub choice: Option<&'l Choice>,
    /// What there is.
    pub environment: &'l Environment,
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub check: Check,
    /// The stable code.
    pub code: Code,
    /// What would make it pass.
    pub remedy: String,
}

/// Every check that fails, in the order of [`Check::ALL`].
#[must_use]
pub fn findings(launch: &Launch<'_>) -> Vec<Finding> {
    Check::ALL.iter().flat_map(|check| evaluate(*check, launch)).collect()
}

fn evaluate(check: Check, launch: &Launch<'_>) -> Vec<Finding> {
    let faults: Vec<(Code, String)> = match check {
        Check::AllocationActive => allocation_active(launch).into_iter().collect(),
        Check::AllocationInProject => allocation_in_project(launch).into_iter().collect(),
        Check::VersionLaunchable => version_launchable(launch),
        Check::ArtifactPromoted => artifact_promoted(launch).into_iter().collect(),
        Check::DigestTrusted => digest_trusted(launch).into_iter().collect(),
        Check::StorageAllowed => launch.choice.map_or_else(Vec::new, |choice| storage_allowed(launch, choice)),
        Check::ExposureSupported => launch.choice.and_then(|choice| exposure(launch, choice)).into_iter().collect(),
        Check::ShapeFits => shape_fits(launch),
        Check::EngineEnabled => engine_enabled(launch).into_iter().collect(),
    };
    faults.into_iter().map(|(code, remedy)| Finding { check, code, remedy }).collect()
}

fn allocation_active(launch: &Launch<'_>) -> Option<(Code, String)> {
    let rejection = launch.allocation.require_active().err()?;
    Some((Code::AllocationNotActive, rejection.to_string()))
}

fn allocation_in_project(launch: &Launch<'_>) -> Option<(Code, String)> {
    let elsewhere = launch.allocation.requested().is_some_and(|requested| requested.project != launch.project);
    elsewhere.then(|| {
        let remedy = "this allocation belongs to another project; launch there, or allocate in this project";
        (Code::AllocationOfAnotherProject, remedy.to_owned())
    })
}

fn version_launchable(launch: &Launch<'_>) -> Vec<(Code, String)> {
    let version = launch.version.require_published().err();
    let mut faults: Vec<_> = version.map(|rejection| (rejection.code(), rejection.to_string())).into_iter().collect();
    match launch.entitlement {
        Entitlement::Enabled(_) => {}
        Entitlement::Absent | Entitlement::Disabled(_) => {
            let remedy = "this project is not entitled to the app; ask an admin of the organization to enable it";
            faults.push((Code::AppNotEntitled, remedy.to_owned()));
        }
    }
    faults
}

fn artifact_promoted(launch: &Launch<'_>) -> Option<(Code, String)> {
    if *launch.artifact == Artifact::Absent || !is_named(launch.profile, launch.artifact) {
        let names: Vec<&str> = launch.profile.manifest().artifacts.values().map(|slot| &*slot.artifact_name).collect();
        let remedy = format!("the app has no such artifact among {}; upload one and promote it", names.join(", "));
        return Some((Code::ArtifactMissing, remedy));
    }
    let rejection = launch.artifact.require_promoted().err()?;
    Some((rejection.code(), rejection.to_string()))
}

fn digest_trusted(launch: &Launch<'_>) -> Option<(Code, String)> {
    let environment = launch.environment;
    let trusted = match &launch.artifact.details()?.image {
        Image::LocalImage(_) => environment.local_images,
        Image::Registry(name) => match ImageReference::parse(name) {
            Ok(image) => environment.registries.as_ref().is_none_or(|known| known.contains(image.registry())),
            Err(_) => false,
        },
    };
    (!trusted).then(|| {
        let remedy = "images from there are not trusted here; push the image to the platform's registry";
        (Code::DigestNotTrusted, remedy.to_owned())
    })
}

fn storage_allowed(launch: &Launch<'_>, choice: &Choice) -> Vec<(Code, String)> {
    let fault = |code, mount: &str, mode: MountMode, what: &str| (code, format!("{mount}_mount: {mode} {what}"));
    let mounts = choice.mounts.iter().filter_map(|mount| {
        if !mount.offered {
            return Some(fault(Code::StorageModeNotInProfile, &mount.name, mount.mode, "is none of the app's modes"));
        }
        let there = launch.environment.storage_modes.contains(&mount.mode);
        let what = "is not there yet; choose scratch";
        (!there).then(|| fault(Code::StorageModeUnavailable, &mount.name, mount.mode, what))
    });
    mounts.collect()
}

fn exposure(launch: &Launch<'_>, choice: &Choice) -> Option<(Code, String)> {
    let there = launch.environment.exposures.contains(&choice.exposure);
    let remedy = || format!("exposure_mode: {} is not there yet; choose private", choice.exposure);
    (!there).then(|| (Code::ExposureUnavailable, remedy()))
}

fn shape_fits(launch: &Launch<'_>) -> Vec<(Code, String)> {
    let Some(active) = launch.allocation.held() else { return Vec::new() };
    let mut faults = processor(launch, active);
    if let Some(choice) = launch.choice
        && let Err(rejection) = active.share(choice.cpu_cores, choice.memory_gib, choice.gpu_count)
    {
        faults.push((rejection.code(), rejection.to_string()));
    }
    faults
}

fn processor(launch: &Launch<'_>, active: &Active) -> Vec<(Code, String)> {
    let Some(artifact) = launch.artifact.details() else { return Vec::new() };
    let shape = &active.requested.shape;
    let mut faults = Vec::new();
    if artifact.architecture != shape.architecture {
        let remedy = format!(
            "the image is for {} and the allocation is {}; use one of the same",
            artifact.architecture, shape.architecture
        );
        faults.push((Code::ArchitectureMismatch, remedy));
    }
    let has = shape.gpu.as_ref().and_then(|gpu| Accelerator::of_model(&gpu.model));
    if let Some(wanted) = artifact.accelerator.filter(|wanted| Some(*wanted) != has) {
        let remedy =
            format!("the image is for GPUs of {wanted}, which the allocation does not have; use another image");
        faults.push((Code::ArchitectureMismatch, remedy));
    }
    faults
}

fn engine_enabled(launch: &Launch<'_>) -> Option<(Code, String)> {
    let execution = &launch.profile.manifest().execution;
    let engine = execution.default_engine;
    if !launch.environment.engines.contains(&engine) {
        return Some((
            Code::EngineUnavailable,
            format!("the engine {engine} is not there yet; choose an app for node_agent"),
        ));
    }
    let support = execution.supported_engines.iter().find(|support| support.engine == engine)?;
    match support.status {
        EngineStatus::Active => None,
        EngineStatus::Future => Some((
            Code::EngineUnavailable,
            format!("this version is not ready for {engine} yet; choose another version"),
        )),
    }
}

#[cfg(test)]
#[path = "launch_checks_tests.rs"]
mod tests;
