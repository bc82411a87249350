//! The embedded start.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use super::search::search;
use super::story::Person;
use crate::outsider::python;
use crate::served::{Caller, Server};

fn copy(from: &Path, into: &Path) {
    fs::create_dir_all(into).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, into.join(path.file_name().unwrap())).unwrap();
        }
    }
}

#[tokio::test]
async fn an_erased_person_is_in_no_file_of_a_platform_on_sqlite() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let server = Server::start(folder, "data", "embedded");
    let operator = Caller::operator(&server.api, &folder.join("data"));
    let person = Person::live(&operator).await;
    person.is_known(&operator).await;
    person.export(&operator, folder, "before").await;
    copy(&folder.join("data"), &folder.join("backup"));
    person.be_erased(&operator).await;
    person.export(&operator, folder, "after").await;
    assert!(folder.join("data/log.db-wal").exists());
    person.is_nowhere(folder, 1_000_000);
    server.end();
    person.is_nowhere(folder, 500_000);
    let said = fs::read_to_string(folder.join("data.log")).unwrap();
    assert!(said.contains("serving"), "the server says what it has to say into this file: {said}");
    // Both exports are good, and the later one says that somebody was erased.
    for export in ["before.whole", "after.whole", "before.owner", "after.owner"] {
        let file = folder.join(format!("{export}.gpulog"));
        let output = python::run("verify.py", [&file]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(answer["fault"].is_null(), "{export}: {answer}");
    }
    // Both logs declare the event; in the later one it is there once.
    let said = |export: &str| {
        let bytes = fs::read(folder.join(format!("{export}.gpulog"))).unwrap();
        bytes.windows(11).filter(|window| window == b"user.erased").count()
    };
    assert_eq!(said("after.whole"), said("before.whole") + 1);
    // The older log knows of no erasure, and still nobody can be read in it.
    let restored = Server::start(folder, "backup", "embedded");
    let operator = Caller::operator(&restored.api, &folder.join("backup"));
    operator.until(&person.path(), |shown| shown["status"] == "active" && shown["person"].is_null()).await;
    restored.end();
    person.is_nowhere(folder, 500_000);
}

#[tokio::test]
async fn an_erasure_that_was_cut_short_is_finished_at_the_next_start() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let directory = TempDir::new().unwrap();
    let folder = directory.path();
    let server = Server::start(folder, "data", "embedded");
    let operator = Caller::operator(&server.api, &folder.join("data"));
    let person = Person::live(&operator).await;
    person.is_known(&operator).await;
    // As it is before anything of the erasure is done to the keys.
    copy(&folder.join("keys"), &folder.join("kept"));
    copy(&folder.join("keys/person"), &folder.join("kept/person"));
    person.be_erased(&operator).await;
    server.kill();
    let key = |keys: &str| {
        let files = fs::read_dir(folder.join(keys).join("person")).unwrap();
        files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_none()).count()
    };
    let before = key("kept");
    fs::remove_dir_all(folder.join("keys/person")).unwrap();
    let _ = fs::remove_file(folder.join("keys/erased-through"));
    copy(&folder.join("kept/person"), &folder.join("keys/person"));
    fs::remove_dir_all(folder.join("kept")).unwrap();
    let server = Server::start(folder, "data", "embedded");
    let operator = Caller::operator(&server.api, &folder.join("data"));
    person.is_nobody(&operator).await;
    while key("keys") == before {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(key("keys"), before - 1);
    server.end();
    assert!(search(folder, &person.needles()).found.is_empty());
}
