//! A file of evidence from a running server, checked by a stranger's program with nothing but
//! the log's key; and what that finds where something was changed.

use std::ffi::OsStr;
use std::path::PathBuf;

use gpuaas_log::evidence::EvidenceFile;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::python;
use crate::served::{Caller, Server, answer, id};

/// Opens a bundle, fills it with what two entries show, and closes it; gives its path.
async fn closed_bundle(operator: &Caller) -> String {
    let bundle = json!({
        "source_commit": "abc123", "environment_profile": "dev", "product_scope": "token_factory",
        "change_summary": "Gateway billing", "owner": "team", "retention_class": "release"
    });
    let opened = operator.good(Method::POST, "/api/v1/evidence-bundles", bundle).await;
    let path = format!("/api/v1/evidence-bundles/{}", id(&opened));
    let item = json!({
        "evidence_type": "uat.summary", "producer": "uat", "result": "fail", "owner": "team",
        "retention_class": "audit", "details": {"flow": "A-1"}, "entries": [1, 3]
    });
    let filled = operator.good(Method::POST, &format!("{path}/items"), item).await;
    let covered = json!({"invariant": "TF-001", "result": "waived", "items": [filled["items"][0]["id"]]});
    operator.good(Method::POST, &format!("{path}/invariants"), covered).await;
    let (status, closed) = answer(operator.request(Method::POST, &format!("{path}/close"))).await;
    assert!(status.is_success(), "{closed}");
    path
}

#[tokio::test]
async fn a_stranger_finds_a_file_of_evidence_whole_and_whatever_was_changed_in_it() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let server = Server::start(folder, "data", "embedded");
    let operator = Caller::operator(&server.api, &folder.join("data"));
    let path = closed_bundle(&operator).await;
    let good = folder.join("good");
    operator.export(&format!("{path}/file"), &good).await;
    let (_, log) = answer(operator.request(Method::GET, "/api/v1/log")).await;
    let key = log["keys"][0].as_str().unwrap().to_owned();
    server.end();

    let text = std::fs::read_to_string(&good).unwrap();
    let file = EvidenceFile::parse(text.as_bytes()).unwrap();
    file.check().unwrap();
    // Entries 1 and 3, then the opening, the item, the invariant and the closing.
    let positions: Vec<u64> = file.entries().iter().map(|proved| proved.receipt.position()).collect();
    assert_eq!((positions.len(), positions[0], positions[1]), (6, 1, 3));
    let mut written = vec![good.clone()];
    let mut cases: Vec<(&str, &str, Option<u64>)> = Vec::new();
    let mut case = |name: &'static str, kind: &'static str, position: Option<u64>, bytes: String| {
        let file: PathBuf = folder.join(name);
        std::fs::write(&file, bytes).unwrap();
        written.push(file);
        cases.push((name, kind, position));
    };
    let changed = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut json: Value = serde_json::from_str(&text).unwrap();
        change(json["entries"].as_array_mut().unwrap());
        json.to_string()
    };
    let without = |place: usize| changed(&|entries| drop(entries.remove(place)));
    case("named", "missing", Some(3), without(1));
    case("opening", "stream", Some(positions[3]), without(2));
    case("item", "stream", Some(positions[4]), without(3));
    case("closing", "open", Some(positions[4]), without(5));
    case("swapped", "order", Some(1), changed(&|entries| entries.swap(0, 1)));
    case("exchanged", "position", Some(3), changed(&|entries| entries[1]["entry"] = entries[0]["entry"].clone()));
    case("other bundle", "stream", None, text.replace("\"evb_0", "\"evb_1"));
    case("cut short", "file", None, text[..text.len() / 2].to_owned());
    case("line feed", "file", None, format!("{text}\n"));
    let answers = |key: &str, files: &[PathBuf]| -> Vec<Value> {
        let arguments = files.iter().map(|file| file.as_os_str()).chain([OsStr::new("--key"), OsStr::new(key)]);
        let output = python::run("evidence.py", arguments);
        let said = String::from_utf8(output.stdout).unwrap();
        let answers: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(answers.len(), files.len(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.success(), answers.iter().all(|answer| answer["fault"].is_null()));
        answers
    };
    let said = answers(&key, &written);
    assert_eq!(said[0]["entries"], json!(positions), "{}", said[0]);
    assert_eq!((&said[0]["items"], &said[0]["invariants"]), (&json!(["fail"]), &json!({"TF-001": "waived"})));
    for (said, (name, kind, position)) in said[1..].iter().zip(&cases) {
        assert_eq!((&said["fault"], &said["position"]), (&json!(kind), &json!(position)), "{name}: {said}");
    }
    let signer = gpuaas_log::checkpoint::Signer::from_seed("gpuaas.local", &[9; 32]).unwrap();
    assert_eq!(answers(&signer.verifier().to_string(), &written[..1])[0]["fault"], "key");
}
