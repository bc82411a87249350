use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::bounded::Text;
use crate::code::Code;
use crate::id::{AllocationId, InstanceId, NodeId, OrganizationId, ProjectId, TypedId};
use crate::node::Architecture;
use crate::node_protocol::task::{Artifact, EndpointKind, Image, MountMode, Placement};

fn manifest() -> Value {
    serde_json::from_str(include_str!("jupyterlab.json")).unwrap()
}

/// The manifest with one place changed; `path` has `/` between the names.
fn with(path: &str, value: Value) -> Value {
    let mut manifest = manifest();
    let (parent, name) = path.rsplit_once('/').unwrap();
    let parent = manifest.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
    manifest
}

fn profile() -> Profile {
    Profile::parse(&manifest()).unwrap()
}

fn given(config: Value, resource_overrides: Overrides) -> Given {
    Given { config: config.as_object().unwrap().clone(), resource_overrides }
}

fn choose(profile: &Profile, given: &Given) -> Result<Choice, Vec<Code>> {
    Values::complete(profile, given)
        .and_then(|values| Choice::read(profile, &values))
        .map_err(|faults| faults.into_iter().map(|fault| fault.code).collect())
}

#[test]
fn the_jupyterlab_manifest_is_accepted_as_it_stands() {
    let profile = profile();
    assert_eq!(profile.endpoints()[0].kind, EndpointType::Http);
    assert_eq!(profile.http_readiness().and_then(|probe| probe.path.as_deref()), Some("/"));
}

#[test]
fn nothing_unknown_is_silently_ignored() {
    for path in [
        "/x",
        "/profile/x",
        "/network/endpoints/0/x",
        "/execution/x",
        "/network/endpoints/0/managed_ingress/public_host",
    ] {
        let faults = Profile::parse(&with(path, json!(1))).unwrap_err();
        assert!(faults.len() == 1 && faults[0].message.contains("unknown field"), "{path}: {faults:?}");
    }
}

#[test]
fn a_fault_of_shape_names_its_section() {
    let faults = Profile::parse(&with("/execution/default_engine", json!("magic"))).unwrap_err();
    assert_eq!(faults[0].path, "execution");
}

#[test]
fn what_does_not_fit_together_is_refused_with_its_place() {
    for (path, value, place) in [
        ("/profile/slug", json!("Jupyter Lab"), "profile.slug"),
        ("/artifacts", json!({}), "artifacts"),
        ("/artifacts/primary_image/digest_required", json!(false), "artifacts.primary_image.digest_required"),
        ("/parameters/schema/type", json!("array"), "parameters.schema.type"),
        ("/parameters/ui/order/0", json!("nothing"), "parameters.ui.order"),
        ("/parameters/ui/groups/0/fields/0", json!("nothing"), "parameters.ui.groups.workspace"),
        (
            "/parameters/ui/launch_wizard/steps/1/components/1/name",
            json!("nothing"),
            "parameters.ui.launch_wizard.steps.runtime",
        ),
        (
            "/parameters/ui/launch_wizard/steps/0/components/0/name",
            json!("gpu_count"),
            "parameters.ui.launch_wizard.steps",
        ),
        ("/resources/gpu", json!({"min_count": 2, "default_count": 1}), "resources.gpu.default_count"),
        ("/storage/mounts/0/path", json!("/work/../etc"), "storage.mounts.workspace.path"),
        ("/storage/mounts/0/modes", json!([]), "storage.mounts.workspace.modes"),
        ("/network/endpoints/0/port", json!(0), "network.endpoints"),
        ("/execution/container_env", json!({"A=B": "c"}), "execution.container_env.A=B"),
        ("/execution/app_token", json!({"env": "HOME"}), "execution.app_token.env"),
        ("/execution/default_engine", json!("dstack"), "execution.supported_engines"),
        ("/execution/working_directory", json!("work"), "execution.working_directory"),
        ("/outputs/endpoints/0/source", json!("network.endpoints.other"), "outputs.endpoints.web.source"),
        ("/validation/readiness/0/endpoint", json!("other"), "validation.readiness.web_http_ready"),
        ("/validation/readiness/0/path", json!("lab"), "validation.readiness.web_http_ready"),
        ("/validation/smoke/0/path", json!("/"), "validation.smoke.container_running"),
    ] {
        let faults = Profile::parse(&with(path, value)).unwrap_err();
        assert!(faults.iter().any(|fault| fault.path == place), "{path}: {faults:?}");
    }
}

#[test]
fn a_launch_without_values_takes_the_profiles_defaults() {
    let choice = choose(&profile(), &Given::default()).unwrap();
    assert_eq!((choice.gpu_count, choice.cpu_cores, choice.memory_gib), (1, 2, 4));
    assert_eq!(choice.exposure, ExposureMode::Private);
    let [mount] = &choice.mounts[..] else { panic!("one mount") };
    assert_eq!((mount.path.as_str(), mount.mode, mount.offered), ("/workspace", MountMode::Scratch, true));
}

#[test]
fn what_is_given_replaces_a_default() {
    let overrides = Overrides { gpu_count: Some(0), cpu_cores: Some(6), memory_gib: None };
    let choice = choose(&profile(), &given(json!({"workspace_mount": "project_storage"}), overrides)).unwrap();
    assert_eq!((choice.gpu_count, choice.cpu_cores, choice.memory_gib), (0, 6, 4));
    assert_eq!(choice.mounts[0].mode, MountMode::ProjectStorage);
}

#[test]
fn a_launch_that_names_a_host_port_is_refused() {
    let faults = choose(&profile(), &given(json!({"host_port": 8888}), Overrides::default())).unwrap_err();
    assert_eq!(faults, [Code::HostPortRefused]);
}

#[test]
fn values_that_would_mean_nothing_are_refused() {
    for (config, overrides, code) in [
        (json!({"surprise": 1}), Overrides::default(), Code::ParameterUnknown),
        (json!({"gpu_count": 0}), Overrides { gpu_count: Some(1), ..Overrides::default() }, Code::InvalidField),
        (json!({"cpu_cores": 1.5}), Overrides::default(), Code::ParameterInvalid),
        (json!({"cpu_cores": 1}), Overrides::default(), Code::ParameterInvalid),
        (json!({"python_packages": "--index-url=x"}), Overrides::default(), Code::ParameterInvalid),
        (json!({"python_packages": "numpy==2.4.4"}), Overrides::default(), Code::PythonPackagesUnavailable),
        (json!({"exposure_mode": "public"}), Overrides::default(), Code::ExposureUnavailable),
        (json!({"workspace_mount": "host"}), Overrides::default(), Code::StorageModeNotInProfile),
    ] {
        assert_eq!(choose(&profile(), &given(config.clone(), overrides)).unwrap_err(), [code], "{config}");
    }
}

#[test]
fn a_default_that_would_mean_nothing_is_refused_too() {
    let strange = with("/parameters/schema/properties/model_path", json!({"type": "string", "default": "/m"}));
    let profile = Profile::parse(&strange).unwrap();
    assert_eq!(choose(&profile, &Given::default()).unwrap_err(), [Code::ParameterUnsupported]);
}

#[test]
fn a_second_question_before_running_is_refused() {
    let two = json!([
        {"name": "one", "type": "http", "endpoint": "web", "path": "/"},
        {"name": "two", "type": "tcp", "endpoint": "web"}
    ]);
    let profile = Profile::parse(&with("/validation/readiness", two)).unwrap();
    assert_eq!(choose(&profile, &Given::default()).unwrap_err(), [Code::ReadinessUnsupported]);
}

#[test]
fn what_the_node_is_given_passes_its_own_check() {
    let with_token = with("/execution/app_token", json!({"env": "JUPYTER_TOKEN"}));
    let profile = Profile::parse(&with_token).unwrap();
    let overrides = Overrides { gpu_count: Some(0), ..Overrides::default() };
    let choice = choose(&profile, &given(json!({}), overrides)).unwrap();
    let spec = plan(&profile, &choice, running());
    assert_eq!(spec.check(), Ok(()));
    assert_eq!((spec.values.cpu_millis, spec.values.memory_bytes), (2000, 4 << 30));
    assert_eq!((spec.endpoints[0].port, spec.endpoints[0].kind), (8888, EndpointKind::Http));
    assert_eq!(spec.artifact.secrets[0].name.as_str(), "JUPYTER_TOKEN");
    assert_eq!(spec.profile.container_env["HOME"].as_str(), "/workspace");
    assert!(serde_json::to_string(&spec).unwrap().len() < crate::node_protocol::task::MAX_SPEC);
}

fn running() -> Running {
    let uuid = Uuid::from_u128(1);
    Running {
        version: Text::new("2026.04-preview").unwrap(),
        identity: crate::node_protocol::task::Identity {
            organization: OrganizationId::from_uuid(uuid),
            project: ProjectId::from_uuid(uuid),
            allocation: AllocationId::from_uuid(uuid),
            instance: InstanceId::from_uuid(uuid),
        },
        placement: Placement { node: NodeId::from_uuid(uuid), slots: vec![], gpus: vec![] },
        artifact: Artifact {
            image: Image::Registry(Text::new(format!("r.io/lab@sha256:{}", "a1".repeat(32))).unwrap()),
            config_digest: None,
            architecture: Architecture::Amd64,
            pull_credential: None,
            secrets: vec![],
        },
    }
}
