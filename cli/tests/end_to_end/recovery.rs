//! The day when the log is lost: the drill before it, and the restore after it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::platform::{GPUAAS, Platform, clean, data};

/// Longest wait for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// A platform that archives at once.
fn archiving_in(place: &str) -> Platform {
    Platform::start_with(&["--local-node", "false", "--checkpoint-every", "1s", "--archive", place])
}

fn archiving() -> (Platform, String) {
    let platform = archiving_in("archive");
    let archive = platform.home().join("archive").to_str().unwrap().to_owned();
    (platform, archive)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub(super) fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a drill compared once the archive has everything.
pub(super) fn drilled(mut drill: impl FnMut() -> Output) -> Value {
    let began = Instant::now();
    loop {
        let output = drill();
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).unwrap();
        }
        assert!(began.elapsed() < PATIENCE, "{}", said(&output));
    }
}

pub(super) fn assert_same(drilled: &Value) {
    let same = [&drilled["same_log"], &drilled["hash"]["same"], &drilled["root"]["same"]];
    assert!(same.into_iter().all(|same| *same == true), "{drilled}");
    assert!(drilled["compared_at"].as_u64().unwrap() > 50, "{drilled}");
    assert_eq!(drilled["compared_at"], drilled["copy"]);
    assert_eq!(drilled["behind"], 0);
}

/// The failure's code, as programs are told it.
pub(super) fn code(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", said(output));
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    error["error"]["code"].as_str().unwrap().to_owned()
}

pub(super) fn restore(home: &TempDir, arguments: &[&str]) -> Output {
    clean(GPUAAS, home.path()).args(["log", "restore", "--json"]).args(arguments).output().unwrap()
}

fn segments(archive: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(Path::new(archive).join("segments")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn a_platform_that_lost_its_log_is_restored_from_the_archive_alone() {
    let (mut platform, archive) = archiving();
    let made = done(&platform.run(&["orgs", "create", "acme"]));
    done(&platform.run(&["projects", "create", "acme/vision"]));
    let drill = ["log", "drill", "--json", "--from", &archive, "--at-most-behind", "0"];
    let compared = drilled(|| platform.run(&drill));
    assert_same(&compared);
    assert!(done(&platform.run(&["log", "drill", "--from", &archive])).contains("same: "));

    let home = data(platform.home());
    let into = ["log", "restore", "--json", "--from", &archive, "--into", home.to_str().unwrap()];
    assert_eq!(code(&platform.run(&into)), "store_unavailable", "a server is running there");
    platform.stop();
    // What was signed after the drill was archived by then, or is told to be lost.
    assert_eq!(code(&platform.run(&into)), "log_not_empty");
    assert!(home.join("log.db").exists());
    for file in ["log.db", "log.db-wal", "log.db-shm", "read.db", "read.db-wal", "read.db-shm"] {
        drop(fs::remove_file(home.join(file)));
    }
    let restored = done(&platform.run(&[&into[..], &["--accept-losses"]].concat()));
    let restored: Value = serde_json::from_str(&restored).unwrap();
    assert!(restored["size"].as_u64() >= compared["copy"].as_u64(), "{restored}");

    let platform = platform.start_again();
    assert_eq!(done(&platform.run(&["orgs", "show", "acme"])), made);
    done(&platform.run(&["projects", "create", "acme/speech"]));
    // Checkpoints go on from the last one: an export ends on a new one.
    let file = platform.home().join("after.gpulog");
    done(&platform.run(&["audit", "export", file.to_str().unwrap()]));
    let key = restored["keys"][0].as_str().unwrap();
    done(&platform.run(&["audit", "verify", file.to_str().unwrap(), "--key", key]));
}

#[test]
fn an_archive_that_was_altered_is_refused_and_leaves_nothing() {
    let (mut platform, archive) = archiving();
    done(&platform.run(&["orgs", "create", "acme"]));
    let drill = ["log", "drill", "--json", "--from", &archive, "--at-most-behind", "0"];
    drilled(|| platform.run(&drill));
    done(&platform.run(&["orgs", "create", "globex"]));
    drilled(|| platform.run(&drill));
    platform.stop();
    let files = segments(&archive);
    assert!(files.len() > 1);
    let altered = files.last().unwrap();
    let mut bytes = fs::read(altered).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(altered, bytes).unwrap();

    let home = tempfile::tempdir().unwrap();
    let into = home.path().join("new");
    let arguments = ["--from", &archive, "--into", into.to_str().unwrap()];
    let refused = restore(&home, &arguments);
    assert_eq!(code(&refused), "copy_incomplete");
    let name = altered.file_name().unwrap().to_str().unwrap();
    assert!(said(&refused).contains(name) && said(&refused).contains("--accept-losses"), "{}", said(&refused));
    assert!(!into.exists());
    let restored = done(&restore(&home, &[&arguments[..], &["--accept-losses"]].concat()));
    let restored: Value = serde_json::from_str(&restored).unwrap();
    assert!(!restored["losses"].as_array().unwrap().is_empty(), "{restored}");
    assert!(into.join("log.db").exists() && into.join("checkpoint").exists());
}

#[test]
fn the_archive_may_be_behind_the_s3_api() {
    let bucket = std::env::var("GPUAAS_TEST_S3").expect("set by `cargo xtask test`");
    let archive = format!("{bucket}/recovery-{}", std::process::id());
    let platform = archiving_in(&archive);
    done(&platform.run(&["orgs", "create", "acme"]));
    let drill = ["log", "drill", "--json", "--from", &archive, "--at-most-behind", "0"];
    assert_same(&drilled(|| platform.run(&drill)));
    let home = tempfile::tempdir().unwrap();
    let into = home.path().join("new");
    done(&restore(&home, &["--from", &archive, "--into", into.to_str().unwrap()]));
    assert!(into.join("log.db").exists());
}

#[test]
fn an_export_is_restored_whole_or_not_at_all() {
    let platform = Platform::start();
    done(&platform.run(&["orgs", "create", "acme"]));
    let file = platform.home().join("all.gpulog");
    let path = file.to_str().unwrap();
    done(&platform.run(&["audit", "export", path]));
    let owners = platform.home().join("acme.gpulog");
    done(&platform.run(&["audit", "export", owners.to_str().unwrap(), "--org", "acme"]));
    let good = fs::read(&file).unwrap();
    let home = tempfile::tempdir().unwrap();
    let into = home.path().join("new");
    let into_arguments = ["--into", into.to_str().unwrap()];
    let mut altered = good.clone();
    altered[good.len() / 2] ^= 1;
    for bad in [good[..good.len() / 2].to_vec(), good[..good.len() - 5].to_vec(), altered, b"no export".to_vec()] {
        fs::write(&file, bad).unwrap();
        assert_eq!(code(&restore(&home, &[&["--from", path][..], &into_arguments].concat())), "export_not_good");
        assert!(!into.exists());
    }
    let one = restore(&home, &[&["--from", owners.to_str().unwrap()][..], &into_arguments].concat());
    assert_eq!(code(&one), "export_not_whole");
    let absent = restore(&home, &[&["--from", "nowhere"][..], &into_arguments].concat());
    assert_eq!(code(&absent), "copy_not_found");
    assert!(!into.exists());
    let strange = restore(&home, &[&["--from", "ftp://nowhere/a"][..], &into_arguments].concat());
    assert_eq!(strange.status.code(), Some(2), "{}", said(&strange));
    fs::write(&file, good).unwrap();
    let key = "gpuaas.example/log/vectors+cc028652+AR/kAa7dNytgS5dvBVip2y2HcqdEDteNzdsfjfHsey0P";
    let strangers = restore(&home, &[&["--from", path, "--key", key][..], &into_arguments].concat());
    assert_eq!(code(&strangers), "export_not_good");
    let text =
        clean(GPUAAS, home.path()).args(["log", "restore", "--from", path]).args(into_arguments).output().unwrap();
    assert!(done(&text).starts_with("restored    "), "{}", said(&text));
}

mod postgres {
    use super::super::postgres::{Database, Server, gpuaas};
    use super::*;

    #[test]
    fn the_drill_restores_into_both_stores_to_the_same_head() {
        let (home, database) = (tempfile::tempdir().unwrap(), Database::make("drill"));
        let archive = home.path().join("archive");
        let archive = archive.to_str().unwrap();
        let more = ["--checkpoint-every", "1s", "--archive", archive];
        let roles = "projections,checkpointer,archive";
        let server = Server::start_with(home.path(), "one", &database, roles, &more);
        done(&gpuaas(&home, &["orgs", "create", "acme", "--data", "one"]));
        let drill = ["log", "drill", "--json", "--from", archive, "--at-most-behind", "0", "--data", "one"];
        let into_sqlite = drilled(|| gpuaas(&home, &drill));
        assert_same(&into_sqlite);
        let scratch = Database::make("scratch");
        let url = scratch.url();
        let into_postgres = drilled(|| gpuaas(&home, &[&drill[..], &["--scratch", &url]].concat()));
        assert_same(&into_postgres);
        assert_eq!(into_postgres["log_id"], into_sqlite["log_id"]);
        // The scratch database holds a log now.
        let again = gpuaas(&home, &[&drill[..], &["--scratch", &url]].concat());
        assert_eq!(code(&again), "log_not_empty");
        assert_eq!(server.end(), Some(0));

        // And for real, into another database.
        let new = Database::make("restored");
        let arguments = ["--from", archive, "--into", &new.url(), "--keep", "one/checkpoint", "--accept-losses"];
        let restored: Value = serde_json::from_str(&done(&restore(&home, &arguments))).unwrap();
        assert!(restored["size"].as_u64() >= into_sqlite["copy"].as_u64());
        let server = Server::start(home.path(), "one", &new, "projections,checkpointer");
        super::super::postgres::wait_until(|| {
            gpuaas(&home, &["orgs", "show", "acme", "--data", "one"]).status.success()
        });
        let file = home.path().join("after.gpulog");
        done(&gpuaas(&home, &["audit", "export", file.to_str().unwrap(), "--data", "one"]));
        assert_eq!(server.end(), Some(0));
    }

    #[test]
    fn a_server_that_archives_is_told_where() {
        let home = tempfile::tempdir().unwrap();
        let database = ["--database-url", "postgres://127.0.0.1:1/gpuaas"];
        let output = gpuaas(&home, &[&["server", "--roles", "archive"], &database[..]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("archive is not set"), "{}", said(&output));
        let secret = ["server", "--roles", "archive", "--archive", "s3://key:hunter2@bucket"];
        let output = gpuaas(&home, &[&secret[..], &database[..]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains("environment") && !said(&output).contains("hunter2"), "{}", said(&output));
    }
}
