//! A service never outlives whoever started it, however that one ends.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const XTASK: &str = env!("CARGO_BIN_EXE_gpuaas-xtask");

/// A shell command that writes its process id into the folder and then sleeps.
fn service(folder: &Path) -> String {
    format!("echo $$ > {0}/pid.new && mv {0}/pid.new {0}/pid && exec sleep 600", folder.display())
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn guard() -> Command {
    let mut guard = Command::new(XTASK);
    guard.arg("guard").stdin(Stdio::piped());
    guard
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(30), "it took too long until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn service_id(folder: &Path) -> String {
    until("the service runs", || folder.join("pid").exists());
    std::fs::read_to_string(folder.join("pid")).unwrap().trim().to_owned()
}

fn is_alive(id: &str) -> bool {
    Command::new("sh").args(["-c", "kill -0 \"$0\" 2>/dev/null", id]).status().unwrap().success()
}

#[test]
fn a_service_stops_when_its_starter_lets_go() {
    let folder = folder("lets-go");
    let mut guard = guard().arg("--remove").arg(&folder).args(["--", "sh", "-c", &service(&folder)]).spawn().unwrap();
    let service = service_id(&folder);
    assert!(is_alive(&service));
    drop(guard.stdin.take());
    assert!(guard.wait().unwrap().success());
    assert!(!is_alive(&service));
    assert!(!folder.exists());
}

#[test]
fn a_service_stops_when_its_starter_is_killed() {
    let folder = folder("killed");
    // A shell that holds the only writing end of the pipe; the guard is its child.
    let script = "mkfifo \"$1/pipe\"
        \"$0\" guard --remove \"$1\" -- sh -c \"$2\" < \"$1/pipe\" &
        exec sleep 600 > \"$1/pipe\"";
    let mut starter = Command::new("sh")
        .args(["-c", script, XTASK])
        .args([folder.as_os_str(), service(&folder).as_ref()])
        .spawn()
        .unwrap();
    let service = service_id(&folder);
    starter.kill().unwrap();
    starter.wait().unwrap();
    until("the service has stopped", || !is_alive(&service));
    until("its folder is gone", || !folder.exists());
}

#[test]
fn a_service_that_others_use_stops_after_the_last_of_them() {
    let folder = folder("shared");
    let users = folder.join("users");
    let other = std::fs::File::create(&users).unwrap();
    other.lock_shared().unwrap();
    let mut guard = guard().arg("--users").arg(&users).args(["--", "sleep", "600"]).spawn().unwrap();
    drop(guard.stdin.take());
    std::thread::sleep(Duration::from_millis(300));
    assert!(guard.try_wait().unwrap().is_none(), "the guard ended while its service was in use");
    drop(other);
    assert!(guard.wait().unwrap().success());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_service_that_ends_by_itself_gives_its_exit_code() {
    let mut guard = guard().args(["--", "sh", "-c", "exit 3"]).spawn().unwrap();
    let held = guard.stdin.take();
    assert_eq!(guard.wait().unwrap().code(), Some(3));
    drop(held);
}
