//! A tenant takes its log from a running server and has it checked by a stranger's program,
//! with nothing but the key that it was told some other way.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use gpuaas_api::keystore::KeyStore;
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::checkpoint::Signer;
use gpuaas_log::entry::Entry;
use gpuaas_log::export::FIRST_LINE;
use gpuaas_log::verify::{Options, verify};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::python;
use crate::served::{Caller, Server, id};

/// A section: its type and its body.
type Section = (u8, Vec<u8>);

fn sections(file: &Path) -> Vec<Section> {
    let bytes = std::fs::read(file).unwrap();
    let mut rest = bytes.strip_prefix(FIRST_LINE).unwrap();
    let mut sections = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        sections.push((head[0], after[..length].to_vec()));
        rest = &after[length..];
    }
    sections
}

fn written(folder: &Path, name: &str, sections: &[Section]) -> PathBuf {
    let mut bytes = FIRST_LINE.to_vec();
    for (kind, body) in sections {
        bytes.push(*kind);
        bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
        bytes.extend_from_slice(body);
    }
    let file = folder.join(name);
    std::fs::write(&file, bytes).unwrap();
    file
}

fn entries(sections: &[Section]) -> Vec<usize> {
    (0..sections.len()).filter(|place| sections[*place].0 == b'E').collect()
}

/// An organization in which something happened.
async fn organization(operator: &Caller, slug: &str) -> String {
    let new = json!({"slug": slug, "display_name": slug});
    let organization = id(&operator.good(Method::POST, "/api/v1/orgs", new).await);
    for number in 0..4 {
        let project = json!({"slug": format!("project-{number}"), "display_name": "Project"});
        operator.good(Method::POST, &format!("/api/v1/orgs/{organization}/projects"), project).await;
    }
    organization
}

/// What ours says, to compare.
fn ours(file: &Path, key: &str) -> Option<(String, u64)> {
    let options = Options { keys: vec![key.parse().unwrap()], ..Options::default() };
    match verify(&mut Cursor::new(std::fs::read(file).unwrap()), &options, &mut |_| {}) {
        Ok(_) => None,
        Err(error) => {
            let fault = error.fault().unwrap_or_else(|| panic!("{error}"));
            Some((fault.kind.to_string(), fault.position))
        }
    }
}

fn theirs(answer: &Value) -> Option<(String, u64)> {
    answer["fault"].as_str().map(|kind| (kind.to_owned(), answer["position"].as_u64().unwrap()))
}

#[tokio::test]
async fn a_stranger_finds_a_tenant_s_export_complete_and_whatever_is_kept_from_it() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let server = Server::start(folder, "data", "embedded");
    let operator = Caller::operator(&server.api, &folder.join("data"));
    let mine = organization(&operator, "mine").await;
    let others = organization(&operator, "others").await;
    let [own, foreign] = [&mine, &others].map(|organization| folder.join(format!("{organization}.gpulog")));
    operator.export(&format!("/api/v1/orgs/{mine}/log/export"), &own).await;
    operator.export(&format!("/api/v1/orgs/{others}/log/export"), &foreign).await;
    // How much there is to be complete is told by the whole log, too.
    let whole = folder.join("whole.gpulog");
    operator.export("/api/v1/log/export", &whole).await;
    let owner = mine.parse::<OrganizationId>().unwrap().uuid();
    let is_mine = |body: &[u8]| Entry::decode(body).unwrap().owner == Some(owner);
    let happened = sections(&whole).iter().filter(|(kind, body)| *kind == b'E' && is_mine(body)).count() as u64;
    assert!(happened >= 5, "{happened}");
    server.end();
    let keys = KeyStore::open(&folder.join("keys")).unwrap();
    let key = Signer::from_seed("gpuaas.local", keys.log_signing(1).unwrap().bytes()).unwrap().verifier().to_string();

    let (good, other) = (sections(&own), sections(&foreign));
    let (places, last) = (entries(&good), happened);
    assert_eq!(places.len() as u64, happened);
    let without = |place: usize| {
        let mut kept = good.clone();
        kept.remove(place);
        kept
    };
    let mut with_foreign = good.clone();
    with_foreign.insert(places[2], other[entries(&other)[2]].clone());
    let mut exchanged = good.clone();
    exchanged[places[2]] = other[entries(&other)[2]].clone();
    // Their proofs around my entries, and mine around theirs.
    let tail = |sections: &[Section]| sections[entries(sections).last().unwrap() + 1..].to_vec();
    let swapped_proofs = [good[..=*places.last().unwrap()].to_vec(), tail(&other)].concat();
    let cases = [
        ("good", good.clone(), None),
        ("last-missing", without(*places.last().unwrap()), Some(("heads", last - 1))),
        ("middle-missing", without(places[2]), Some(("owner_chain", 3))),
        ("first-missing", without(places[0]), Some(("owner_chain", 1))),
        ("foreign", with_foreign, Some(("owner_chain", 3))),
        ("exchanged", exchanged, Some(("owner_chain", 3))),
        ("proofs-of-another", swapped_proofs, Some(("heads", last))),
    ];
    let files: Vec<PathBuf> = cases.iter().map(|(name, sections, _)| written(folder, name, sections)).collect();
    let answers = python::verify(&files, &key);
    for (((name, _, expected), answer), file) in cases.iter().zip(&answers).zip(&files) {
        let expected = expected.map(|(kind, position): (&str, u64)| (kind.to_owned(), position));
        assert_eq!(theirs(answer), expected, "{name}: {answer}");
        assert_eq!(ours(file, &key), expected, "{name}");
    }
    assert_eq!((&answers[0]["kind"], &answers[0]["entries"]), (&json!("owner"), &json!(happened)));
    assert_eq!((&answers[0]["signatures"], &answers[0]["absent"]), (&json!("checked"), &json!([])));
    // A key that was told by nobody who signed it.
    let stranger = Signer::from_seed("gpuaas.local", &[9; 32]).unwrap().verifier().to_string();
    let refused = python::verify(&files[..1], &stranger);
    assert_eq!(theirs(&refused[0]), Some(("signature".to_owned(), last)));
    // What is older and complete up to its own head is told by its size: it is no fault.
    assert!(answers[0]["size"].as_u64().unwrap() > happened);
}
