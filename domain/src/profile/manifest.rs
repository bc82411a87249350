//! A manifest as its author writes it. Unknown fields are refused, so that nothing is
//! silently ignored; [`super::fields`] says of each field what it does.

use std::collections::BTreeMap;

use super::execution::{Execution, Outputs, Validation};
use super::network::Network;
use super::parameters::Parameters;
use crate::bounded::Text;
use crate::event::{fields, words};
use crate::node_protocol::task::MountMode;

words! {
    /// What a manifest describes.
    pub enum ProfileKind {
        /// A workload that runs from OCI images.
        LaunchableOciWorkload = "gpuaas.launchable_oci_workload",
    }

    /// The version of a manifest's shape.
    pub enum SchemaVersion {
        /// The first.
        V1 = "v1",
    }

    /// Who stands behind a profile.
    pub enum SupportLevel {
        /// The platform's operator.
        PlatformCurated = "platform_curated",
        /// The organization that owns the app.
        OrganizationCurated = "organization_curated",
    }

    /// Where a workload can be launched.
    pub enum LaunchMode {
        /// On an allocation that is there.
        ExistingAllocation = "existing_allocation",
    }

    /// Where an image comes from.
    pub enum ArtifactSource {
        /// A registry that the platform can ask.
        PlatformRegistry = "platform_registry",
        /// The node's own engine; only where the platform allows it.
        LocalImage = "local_image",
    }

    /// What a digest names.
    pub enum MediaType {
        /// An image manifest of the OCI.
        OciImageManifest = "application/vnd.oci.image.manifest.v1+json",
        /// The same by its older name.
        DockerImageManifest = "application/vnd.docker.distribution.manifest.v2+json",
    }

    /// Which GPUs a workload is given.
    pub enum GpuPlacement {
        /// Those of its allocation.
        AllocationLocal = "allocation_local",
    }
}

fields! {
    /// A manifest.
    pub struct Manifest {
        /// Who it is.
        pub profile: Identity,
        /// The images that it may run, by the author's names.
        pub artifacts: BTreeMap<String, ArtifactSlot>,
        /// What is asked at launch.
        pub parameters: Parameters,
        /// What it needs at least.
        #[serde(default)]
        pub resources: Resources,
        /// Where it writes.
        #[serde(default)]
        pub storage: Storage,
        /// Where it can be reached.
        #[serde(default)]
        pub network: Network,
        /// How it runs.
        pub execution: Execution,
        /// What it shows once it runs.
        #[serde(default)]
        pub outputs: Outputs,
        /// How it is known to work.
        #[serde(default)]
        pub validation: Validation,
    }

    /// Who a profile is.
    pub struct Identity {
        /// What the manifest describes.
        pub kind: ProfileKind,
        /// The version of its shape.
        pub schema_version: SchemaVersion,
        /// The app's slug.
        pub slug: Text<48>,
        /// Name for people.
        pub display_name: Text<120>,
        /// What it is, in a sentence or two.
        pub description: Option<Text<2000>>,
        /// Who stands behind it.
        pub support_level: SupportLevel,
        /// Where it can be launched.
        pub launch_mode: LaunchMode,
    }

    /// An image that a profile may run.
    pub struct ArtifactSlot {
        /// Where it comes from.
        pub source: ArtifactSource,
        /// The artifact's name within the app.
        pub artifact_name: Text<48>,
        /// Always true: only digests run.
        pub digest_required: bool,
        /// What the digest names.
        pub media_type: MediaType,
    }

    /// What a workload needs at least.
    #[derive(Default)]
    pub struct Resources {
        /// GPUs.
        #[serde(default)]
        pub gpu: GpuNeed,
        /// Processors.
        #[serde(default)]
        pub cpu: CpuNeed,
        /// Memory.
        #[serde(default)]
        pub memory: MemoryNeed,
    }

    /// GPUs.
    #[derive(Default)]
    pub struct GpuNeed {
        /// At least.
        #[serde(default)]
        pub min_count: u16,
        /// If nothing is asked for.
        pub default_count: Option<u16>,
        /// Which ones.
        pub placement: Option<GpuPlacement>,
    }

    /// Processors.
    #[derive(Default)]
    pub struct CpuNeed {
        /// At least.
        pub min_cores: Option<u32>,
    }

    /// Memory.
    #[derive(Default)]
    pub struct MemoryNeed {
        /// At least.
        pub min_gib: Option<u32>,
    }

    /// Where a workload writes.
    #[derive(Default)]
    pub struct Storage {
        /// Folders.
        #[serde(default)]
        pub mounts: Vec<MountSlot>,
    }

    /// A folder that a workload writes to.
    pub struct MountSlot {
        /// Its name; the parameter `<name>_mount` chooses among the modes.
        pub name: Text<48>,
        /// Where in the container.
        pub path: Text<255>,
        /// Whether the workload cannot do without.
        #[serde(default)]
        pub required: bool,
        /// Where the files may be.
        pub modes: Vec<MountMode>,
    }
}
