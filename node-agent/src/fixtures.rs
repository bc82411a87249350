//! Values for tests.

use std::collections::BTreeMap;

use gpuaas_domain::bounded::{Document, Text};
use gpuaas_domain::fixed::Digest;
use gpuaas_domain::id::{AllocationId, InstanceId, NodeId, OrganizationId, ProjectId, TaskId, TypedId};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::task::{
    Artifact, EndpointDecision, EndpointKind, Exposure, Identity, Image, LaunchSpec, LaunchValues, Placement, Profile,
    TaskEnvelope,
};
use gpuaas_domain::node_task::TaskKind;
use serde::Serialize;
use uuid::Uuid;

use crate::journal::Work;

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

pub(crate) fn node() -> NodeId {
    NodeId::from_uuid(Uuid::from_u128(1))
}

pub(crate) fn task(number: u128) -> TaskId {
    TaskId::from_uuid(Uuid::from_u128(number))
}

pub(crate) fn identity() -> Identity {
    let uuid = Uuid::from_u128(7);
    Identity {
        organization: OrganizationId::from_uuid(uuid),
        project: ProjectId::from_uuid(uuid),
        allocation: AllocationId::from_uuid(uuid),
        instance: InstanceId::from_uuid(uuid),
    }
}

pub(crate) fn launch() -> LaunchSpec {
    let web = EndpointDecision { name: text("web"), port: 8080, kind: EndpointKind::Http, exposure: Exposure::Private };
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
            processes: 64,
            temporary_bytes: 1 << 20,
        },
        identity: identity(),
        placement: Placement { node: node(), slots: vec![], gpus: vec![] },
        artifact: Artifact {
            image: Image::Registry(text(&format!("r.io/hello@sha256:{}", "a1".repeat(32)))),
            config_digest: None,
            architecture: Architecture::Amd64,
            pull_credential: None,
            secrets: vec![],
        },
        mounts: vec![],
        endpoints: vec![web],
    }
}

pub(crate) fn envelope(number: u128, kind: TaskKind, generation: u64, spec: &impl Serialize) -> TaskEnvelope {
    let spec = serde_json::to_string(spec).unwrap();
    TaskEnvelope {
        task: task(number),
        node: node(),
        kind: text(kind.as_str()),
        generation,
        spec_hash: Digest(*blake3::hash(spec.as_bytes()).as_bytes()),
        spec: Document::new(spec).unwrap(),
    }
}

pub(crate) fn work() -> Work {
    let envelope = envelope(1, TaskKind::OciLaunch, 1, &launch());
    let mut work = Work::new(envelope.task, 1, envelope.spec_hash, launch());
    work.container = Some(crate::journal::Container {
        id: text("c0ffee"),
        image: format!("sha256:{}", "b2".repeat(32)).parse().unwrap(),
    });
    work
}
