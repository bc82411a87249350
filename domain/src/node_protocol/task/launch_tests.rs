use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::id::TypedId;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::new(text).unwrap()
}

fn spec() -> LaunchSpec {
    let uuid = Uuid::from_u128(1);
    let mount =
        Mount { name: text("workspace"), path: text("/workspace"), mode: MountMode::Scratch, size_bytes: 1 << 20 };
    LaunchSpec {
        profile: Profile {
            slug: text("hello"),
            version: text("1"),
            command_args: None,
            container_env: BTreeMap::from([("HOME".into(), text("/workspace"))]),
            working_directory: None,
            readiness: Some(Readiness { endpoint: text("web"), path: text("/"), timeout_seconds: 10 }),
        },
        values: LaunchValues {
            cpu_millis: 500,
            memory_bytes: 64 << 20,
            gpu_count: 0,
            processes: 64,
            temporary_bytes: 1 << 20,
        },
        identity: Identity {
            organization: OrganizationId::from_uuid(uuid),
            project: ProjectId::from_uuid(uuid),
            allocation: AllocationId::from_uuid(uuid),
            instance: InstanceId::from_uuid(uuid),
        },
        placement: Placement { node: NodeId::from_uuid(uuid), slots: vec![], gpus: vec![] },
        artifact: Artifact {
            image: Image::Registry(text(&format!("r.io/hello@sha256:{}", "a1".repeat(32)))),
            config_digest: None,
            architecture: Architecture::Amd64,
            pull_credential: None,
            secrets: vec![],
        },
        mounts: vec![mount],
        endpoints: vec![EndpointDecision {
            name: text("web"),
            port: 8080,
            kind: EndpointKind::Http,
            exposure: Exposure::Private,
        }],
    }
}

fn check(change: impl FnOnce(&mut LaunchSpec), expected: &str) {
    let mut spec = spec();
    change(&mut spec);
    let said = spec.check().map_err(|fault| fault.to_string());
    match expected {
        "" => assert_eq!(said, Ok(())),
        part => assert!(said.as_ref().is_err_and(|fault| fault.contains(part)), "{said:?} lacks {part:?}"),
    }
}

#[test]
fn a_sound_launch_is_taken() {
    check(|_| (), "");
}

#[test]
fn a_tag_is_refused() {
    check(|spec| spec.artifact.image = Image::Registry(text("r.io/hello:latest")), "named by a tag");
}

#[test]
fn a_mount_leads_nowhere_else() {
    for path in ["/", "relative", "/a/../b", "/proc/x", "/tmp", "/a//b", "/a,ro", "/workspace/inner"] {
        let add = |spec: &mut LaunchSpec| {
            let other = Mount { name: text("other"), path: text(path), ..spec.mounts[0].clone() };
            spec.mounts.push(other);
        };
        check(add, "mount paths");
    }
}

#[test]
fn scratch_space_is_part_of_the_memory() {
    check(|spec| spec.mounts[0].size_bytes = 63 << 20, "together less than memory_bytes");
    check(|spec| spec.mounts[0].size_bytes = u64::MAX, "together less than memory_bytes");
}

#[test]
fn a_variable_is_set_once() {
    let secret = |name: &str| SecretVariable { name: text(name), reference: text("app-token") };
    check(|spec| spec.artifact.secrets.push(secret("HOME")), "each named once");
    check(|spec| spec.artifact.secrets.push(secret("A=B")), "environment variables");
    check(|spec| spec.artifact.secrets.push(secret("TOKEN")), "");
}

#[test]
fn readiness_is_asked_at_a_declared_endpoint() {
    check(|spec| spec.endpoints[0].name = text("other"), "readiness");
    check(|spec| spec.endpoints[0].kind = EndpointKind::Tcp, "readiness");
    check(|spec| spec.profile.readiness.as_mut().unwrap().path = text("/a b"), "readiness");
}

#[test]
fn gpus_are_named_one_by_one() {
    check(|spec| spec.values.gpu_count = 1, "as many as gpu_count");
}

#[test]
fn an_unknown_field_is_refused() {
    let mut value = serde_json::to_value(spec()).unwrap();
    assert!(serde_json::from_value::<LaunchSpec>(value.clone()).is_ok());
    value["values"]["host_port"] = 8888.into();
    assert!(serde_json::from_value::<LaunchSpec>(value).is_err());
}

proptest! {
    #[test]
    fn no_value_makes_the_check_panic(size in any::<u64>(), memory in any::<u64>(), path in "\\PC{0,40}") {
        let mut spec = spec();
        spec.mounts[0].size_bytes = size;
        spec.values.memory_bytes = memory;
        spec.mounts[0].path = Text::clipped(&path);
        let _ = spec.check();
    }
}
