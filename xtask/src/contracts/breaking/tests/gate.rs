//! Whether the gate is shut: releases and accepted breaks, in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::accepted::{self, Accepted};
use super::super::{check, release};
use crate::workspace;

/// A root with small contracts, which goes away with it.
struct Root(PathBuf);

impl Root {
    fn new(name: &str) -> Self {
        let root = workspace::target().unwrap().join("tmp").join(format!("contracts-{name}-{}", std::process::id()));
        fs::create_dir_all(root.join("schemas/node-tasks")).unwrap();
        let root = Self(root);
        root.write("openapi.json", "{\"paths\": {}}");
        root.write("asyncapi.yaml", "channels: {}");
        root.write("errors.yaml", "gone: {status: 404}\nlost: {status: 410}");
        root.write("launchable-profile.v1.schema.json", "{\"type\": \"object\"}");
        root.write("node-tasks/stop.json", "{\"properties\": {\"grace\": {\"type\": \"integer\"}}}");
        root.write(accepted::NAME, "[]");
        root
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join("schemas").join(name), text).unwrap();
    }

    fn refusal(&self) -> String {
        check(&self.0).unwrap_err().to_string()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn nothing_breaks_before_a_release_and_a_release_keeps_every_contract() {
    let root = Root::new("release");
    root.write("errors.yaml", "{}");
    check(&root.0).unwrap();
    release::keep(&root.0, "0.1.0", "0.1.0").unwrap();
    for name in fs::read_dir(root.0.join("schemas")).unwrap().map(|entry| entry.unwrap().file_name()) {
        let kept = root.0.join(release::FOLDER).join("0.1.0").join(&name);
        assert!(name == "released" || kept.exists(), "{} is not kept", kept.display());
    }
    assert!(root.0.join(release::FOLDER).join("0.1.0/node-tasks/stop.json").exists());
    check(&root.0).unwrap();
}

#[test]
fn a_release_has_the_version_of_its_code_and_follows_the_last() {
    let root = Root::new("version");
    let refused = |version: &str, own: &str| release::keep(&root.0, version, own).unwrap_err().to_string();
    assert!(refused("next", "0.2.0").contains("three numbers"));
    assert!(refused("0.3.0", "0.2.0").contains("this is version 0.2.0"));
    assert!(!root.0.join(release::FOLDER).exists());
    release::keep(&root.0, "0.2.0", "0.2.0").unwrap();
    assert!(refused("0.2.0", "0.2.0").contains("0.2.0 does not follow 0.2.0"));
    assert!(refused("0.1.9", "0.1.9").contains("0.1.9 does not follow 0.2.0"));
    release::keep(&root.0, "0.10.0", "0.10.0").unwrap();
    assert_eq!(release::last(&root.0).unwrap().as_deref(), Some("0.10.0"));
}

#[test]
fn a_break_is_refused_until_it_is_accepted_and_then_it_has_to_be_one() {
    let root = Root::new("accepted");
    release::keep(&root.0, "0.1.0", "0.1.0").unwrap();
    root.write("errors.yaml", "lost: {status: 410}");
    let refusal = root.refusal();
    assert!(refusal.starts_with("clients of 0.1.0 would break"), "{refusal}");
    // What is said can be put into the list.
    let lines = refusal.split_once('\n').unwrap().1;
    assert_eq!(lines, "- since: 0.1.0\n  break: 'error gone: it is gone'");
    root.write(accepted::NAME, &format!("{lines}\n  why: Nobody was told it.\n"));
    check(&root.0).unwrap();
    root.write("errors.yaml", "gone: {status: 404}\nlost: {status: 410}");
    assert_eq!(root.refusal(), "schemas/accepted-breaks.yaml accepts what breaks nothing: error gone: it is gone");
    root.write(accepted::NAME, &format!("{}\n  why: Early.\n", lines.replace("0.1.0", "0.2.0")));
    assert!(root.refusal().contains("names a release that is not in schemas/released: 0.2.0"));
}

#[test]
fn what_was_accepted_before_a_release_stays_in_the_list() {
    let root = Root::new("history");
    release::keep(&root.0, "0.1.0", "0.1.0").unwrap();
    root.write("errors.yaml", "lost: {status: 410}");
    root.write(accepted::NAME, "[{since: 0.1.0, break: 'error gone: it is gone', why: Nobody was told it.}]");
    release::keep(&root.0, "0.2.0", "0.2.0").unwrap();
    check(&root.0).unwrap();
    root.write(accepted::NAME, "[]");
    let refusal = root.refusal();
    assert!(refusal.contains("does not say any more what it said in 0.2.0"), "{refusal}");
}

#[test]
fn manifests_and_node_tasks_are_contracts() {
    let root = Root::new("others");
    release::keep(&root.0, "0.1.0", "0.1.0").unwrap();
    root.write("launchable-profile.v1.schema.json", "{\"type\": \"object\", \"required\": [\"slug\"]}");
    root.write("node-tasks/stop.json", "{\"properties\": {\"grace\": {\"type\": \"string\"}}}");
    root.write("node-tasks/start.json", "{}");
    let refusal = root.refusal();
    assert!(refusal.contains("'manifest.slug: it can be missing'"), "{refusal}");
    assert!(refusal.contains("'task stop.grace: string does not fit integer'"), "{refusal}");
    assert_eq!(refusal.lines().count(), 5, "{refusal}");
    // A task that is not given any more is no break.
    root.write("launchable-profile.v1.schema.json", "{\"type\": \"object\"}");
    fs::remove_file(root.0.join("schemas/node-tasks/stop.json")).unwrap();
    check(&root.0).unwrap();
    fs::remove_file(root.0.join("schemas/launchable-profile.v1.schema.json")).unwrap();
    assert!(root.refusal().contains("cannot read"));
}

#[test]
fn a_break_is_accepted_with_a_reason_and_for_its_release() {
    let accepted = Accepted::parse("- since: 0.1.0\n  break: 'GET /a: it is gone'\n  why: nobody used it\n").unwrap();
    assert!(accepted.has("0.1.0", "GET /a: it is gone"));
    assert!(!accepted.has("0.2.0", "GET /a: it is gone") && !accepted.has("0.1.0", "GET /b: it is gone"));
    assert!(Accepted::parse("- since: 0.1.0\n  break: 'GET /a: it is gone'\n  why: ''\n").is_err());
    assert!(Accepted::parse("- since: 0.1.0\n  break: 'GET /a: it is gone'\n").is_err());
}

#[test]
fn todays_contracts_break_no_client_of_the_last_release() {
    check(&workspace::root()).unwrap();
}

#[test]
fn every_schema_of_today_is_a_contract() {
    let schemas = workspace::root().join("schemas");
    let kept = super::super::documents::paths(&schemas).unwrap();
    for entry in fs::read_dir(&schemas).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        let name = entry.file_name().into_string().unwrap();
        let is_kept = kept.contains(&name) || name == accepted::NAME;
        assert!(
            is_kept,
            "{} is not a contract: add it, or put it elsewhere",
            Path::new("schemas").join(name).display()
        );
    }
    assert!(kept.iter().any(|path| path.starts_with("node-tasks/")));
}
