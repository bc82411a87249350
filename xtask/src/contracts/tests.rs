//! The generator on a small document, and the committed client against the committed document.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{CLIENT, DOCUMENT, EVENTS, client, settle};
use crate::workspace;

/// One of each: a reference, words, an option, a list with a query, a change with a body that can
/// be tried, a resource that has a past, events.
const SMALL: &str = include_str!("small/openapi.json");

#[test]
fn a_document_gives_types_and_methods() {
    assert_eq!(client(SMALL).unwrap(), include_str!("small/client.rs"));
}

#[test]
fn a_document_without_operation_ids_is_refused_with_the_path() {
    let document = SMALL.replace("operationId", "summary_only");
    let error = format!("{:#}", client(&document).unwrap_err());
    assert!(error.contains("get /api/v1/"), "{error}");
}

#[test]
fn a_word_that_stands_for_unknown_ones_is_refused_as_a_word() {
    let document = SMALL.replace("\"cpu_only\"", "\"unknown\"");
    let error = client(&document).unwrap_err().to_string();
    assert!(error.contains("Kind has the word unknown"), "{error}");
    // What is never answered needs no such word.
    client(&SMALL.replace("\"newest\"", "\"unknown\"")).unwrap();
}

#[test]
fn drift_is_found_and_nothing_is_written() {
    let folder = workspace::target().unwrap().join("tmp");
    fs::create_dir_all(&folder).unwrap();
    let name = format!("contracts-{}.txt", std::process::id());
    fs::write(folder.join(&name), "old").unwrap();
    let error = settle(&folder, &name, "new", true).unwrap_err().to_string();
    let kept = fs::read_to_string(folder.join(&name)).unwrap();
    fs::remove_file(folder.join(&name)).unwrap();
    assert!(error.contains("has drifted") && kept == "old", "{error}, {kept}");
}

#[test]
fn the_committed_client_is_what_the_committed_document_gives() {
    let root = workspace::root();
    let document = fs::read_to_string(root.join(DOCUMENT)).unwrap();
    settle(&root, CLIENT, &client(&document).unwrap(), true).unwrap();
}

/// Names of a thing's parameters in a place, which it may have of its own or refer to.
fn parameters(document: &Value, of: &Value, place: &str) -> BTreeSet<String> {
    let listed = of["parameters"].as_array().unwrap().iter();
    let resolved = listed.map(|one| match one["$ref"].as_str() {
        Some(path) => document.pointer(path.trim_start_matches('#')).unwrap(),
        None => one,
    });
    resolved.filter(|one| one["in"] == place).map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_streams_of_the_document_of_the_events_are_operations_of_the_api() {
    let read = |path: &str| fs::read_to_string(workspace::root().join(path)).unwrap();
    let api: Value = serde_json::from_str(&read(DOCUMENT)).unwrap();
    let events: Value = serde_yaml_ng::from_str(&read(EVENTS)).unwrap();
    let keys = |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
    let mut streams = BTreeSet::new();
    for (name, channel) in events["channels"].as_object().unwrap() {
        if channel["servers"][0]["$ref"] != "#/servers/http" {
            continue;
        }
        let address = channel["address"].as_str().unwrap();
        let get = &api["paths"][address]["get"];
        assert!(get["responses"]["200"]["content"]["text/event-stream"].is_object(), "{address}");
        assert_eq!(keys(&channel["parameters"]), parameters(&api, get, "path"), "{address}");
        let binding = &events["operations"][format!("send.{name}")]["bindings"]["http"];
        assert_eq!(keys(&binding["query"]["properties"]), parameters(&api, get, "query"), "{address}");
        streams.insert(address.to_owned());
    }
    let streaming = |path: &Value| !path["get"]["responses"]["200"]["content"]["text/event-stream"].is_null();
    let paths = api["paths"].as_object().unwrap().iter();
    assert_eq!(streams, paths.filter(|(_, path)| streaming(path)).map(|(path, _)| path.clone()).collect());
}
