//! Specifications of tasks.

use std::collections::BTreeMap;

use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{AllocationId, InstanceId, NodeId, OrganizationId, ProjectId, TypedId};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::{
    Artifact, ControlAction, ControlSpec, EndpointDecision, EndpointKind, Exposure, Identity, Image, LaunchSpec,
    LaunchValues, Mount, MountMode, Placement, Profile, RemoveSpec,
};
use uuid::Uuid;

use crate::gateway::New;

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn identity() -> Identity {
    Identity {
        organization: OrganizationId::from_uuid(Uuid::now()),
        project: ProjectId::from_uuid(Uuid::now()),
        allocation: AllocationId::from_uuid(Uuid::now()),
        instance: InstanceId::from_uuid(Uuid::now()),
    }
}

/// This machine's architecture, and one that it has not.
pub(crate) fn architectures() -> (Architecture, Architecture) {
    match std::env::consts::ARCH {
        "aarch64" => (Architecture::Arm64, Architecture::Amd64),
        _ => (Architecture::Amd64, Architecture::Arm64),
    }
}

/// A small workload with a web server's port and a workspace.
pub(crate) fn launch(node: NodeId, image: Image) -> LaunchSpec {
    let web = EndpointDecision { name: text("web"), port: 8080, kind: EndpointKind::Http, exposure: Exposure::Private };
    let workspace =
        Mount { name: text("workspace"), path: text("/workspace"), mode: MountMode::Scratch, size_bytes: 1 << 20 };
    LaunchSpec {
        profile: Profile {
            slug: text("hello"),
            version: text("1"),
            command_args: None,
            container_env: BTreeMap::new(),
            working_directory: None,
            readiness: None,
        },
        values: LaunchValues {
            cpu_millis: 500,
            memory_bytes: 64 << 20,
            gpu_count: 0,
            processes: 32,
            temporary_bytes: 1 << 20,
        },
        identity: identity(),
        placement: Placement { node, slots: vec![], gpus: vec![] },
        artifact: Artifact {
            image,
            config_digest: None,
            architecture: architectures().0,
            pull_credential: None,
            secrets: vec![],
        },
        mounts: vec![workspace],
        endpoints: vec![web],
    }
}

/// For agents that run nothing.
pub(crate) fn any_image() -> Image {
    Image::Registry(text(&format!("registry.invalid/hello@sha256:{}", "a1".repeat(32))))
}

pub(crate) fn control(identity: &Identity, action: ControlAction) -> ControlSpec {
    ControlSpec { identity: identity.clone(), action, grace_seconds: 1 }
}

pub(crate) fn remove(identity: &Identity) -> RemoveSpec {
    RemoveSpec { identity: identity.clone(), grace_seconds: 0 }
}
