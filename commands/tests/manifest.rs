//! What is committed of manifests is what the code says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use gpuaas_domain::profile::{FIELDS, PARAMETERS, Profile, json_schema, render};
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Compares a committed file with what the code says; `UPDATE_CONTRACTS=1` writes it anew.
fn committed(path: &str, expected: &str) {
    let file = root().join(path);
    if std::env::var_os("UPDATE_CONTRACTS").is_some() {
        std::fs::write(&file, expected).unwrap();
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(found == expected, "{path} has drifted; UPDATE_CONTRACTS=1 cargo nextest run -p gpuaas-commands manifest");
}

fn schema() -> Value {
    serde_json::to_value(json_schema()).unwrap()
}

fn seed() -> Value {
    let yaml = std::fs::read_to_string(root().join("schemas/examples/jupyterlab.yaml")).unwrap();
    serde_yaml_ng::from_str(&yaml).unwrap()
}

#[test]
fn the_committed_schema_is_the_codes() {
    let text = serde_json::to_string_pretty(&schema()).unwrap();
    committed("schemas/launchable-profile.v1.schema.json", &format!("{text}\n"));
}

#[test]
fn the_committed_table_is_the_codes() {
    committed("docs/manifest.md", &render());
}

#[test]
fn the_jupyterlab_manifest_is_valid_as_it_stands() {
    assert!(jsonschema::meta::is_valid(&schema()));
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    assert!(validator.is_valid(&seed()), "{:?}", validator.iter_errors(&seed()).collect::<Vec<_>>());
    assert!(Profile::parse(&seed()).is_ok());
    let json: Value = serde_json::from_str(include_str!("../../domain/src/profile/jupyterlab.json")).unwrap();
    assert_eq!(seed(), json);
}

#[test]
fn what_the_schema_refuses_the_code_refuses_too() {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    for (path, value) in [
        ("/surprise", json!(1)),
        ("/profile/kind", json!("something.else")),
        ("/profile/schema_version", json!("v2")),
        ("/profile/slug", json!("s".repeat(49))),
        ("/artifacts/primary_image/source", json!("docker_hub")),
        ("/parameters/schema", json!([])),
        ("/parameters/ui/launch_wizard/steps/0/components/0/kind", json!("platform.unknown")),
        ("/storage/mounts/0/modes/0", json!("host_path")),
        ("/network/endpoints/0/type", json!("gopher")),
        ("/network/endpoints/0/port", json!(70_000)),
        ("/network/endpoints/0/managed_ingress/public_host", json!("x.example")),
        ("/execution/privileged", json!(true)),
        ("/execution/container_env/JUPYTER_PREFER_ENV_PATH", json!(0)),
        ("/validation/readiness/0/type", json!("exec")),
    ] {
        let mut manifest = seed();
        let (parent, name) = path.rsplit_once('/').unwrap();
        match manifest.pointer_mut(parent).unwrap() {
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = value,
            parent => parent[name] = value,
        }
        assert!(!validator.is_valid(&manifest), "{path}");
        assert!(Profile::parse(&manifest).is_err(), "{path}");
    }
}

#[test]
fn the_table_says_of_every_field_what_becomes_of_it() {
    let schema = schema();
    let mut paths = BTreeSet::new();
    leaves(&schema, &schema, String::new(), &mut paths);
    let listed: BTreeSet<String> = FIELDS.iter().map(|field| field.path.to_owned()).collect();
    assert_eq!(listed, paths);
    assert_eq!(listed.len(), FIELDS.len());
    let parameters = seed()["parameters"]["schema"]["properties"].as_object().unwrap().clone();
    for name in parameters.keys().filter(|name| !name.ends_with("_mount")) {
        assert!(PARAMETERS.iter().any(|field| field.path == name), "{name}");
    }
}

/// The paths of everything in a schema that is no object with fields of its own.
fn leaves(root: &Value, schema: &Value, path: String, into: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        return leaves(root, root.pointer(reference.trim_start_matches('#')).unwrap(), path, into);
    }
    if let Some(other) = schema["anyOf"].as_array() {
        let present = other.iter().filter(|choice| choice["type"] != "null");
        return present.for_each(|choice| leaves(root, choice, path.clone(), into));
    }
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    if let Some(properties) = schema["properties"].as_object() {
        properties.iter().for_each(|(name, property)| leaves(root, property, below(name), into));
    } else if schema["items"].is_object() {
        leaves(root, &schema["items"], format!("{path}[]"), into);
    } else if schema["additionalProperties"].is_object() {
        leaves(root, &schema["additionalProperties"], below("*"), into);
    } else {
        into.insert(path);
    }
}
