//! The generator on a small document, and the committed client against the committed document.

use std::fs;

use super::{CLIENT, DOCUMENT, client, settle};
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
