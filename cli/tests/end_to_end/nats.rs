//! The log out of its mirror in NATS, with the binary alone.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::platform::Platform;
use super::recovery::{assert_same, code, done, drilled, restore};

/// A NATS server of the test's own.
pub(super) struct Nats {
    child: Child,
    pub(super) url: String,
    _store: TempDir,
}

impl Nats {
    pub(super) fn start() -> Self {
        let program = std::env::var_os("GPUAAS_TEST_NATS_SERVER").expect("cargo xtask test names it");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let store = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.arg("-js").arg("-sd").arg(store.path()).args(["-a", "127.0.0.1", "-p", &port.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "NATS does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, url: format!("nats://127.0.0.1:{port}"), _store: store }
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_log_is_restored_from_its_mirror_alone() {
    let nats = Nats::start();
    let home = tempfile::tempdir().unwrap();
    let into = home.path().join("new");
    let arguments = ["--from", &nats.url, "--into", into.to_str().unwrap()];
    assert_eq!(code(&restore(&home, &arguments)), "copy_not_found", "nothing is mirrored there yet");

    let platform =
        Platform::start_with(&["--local-node", "false", "--checkpoint-every", "1s", "--nats-url", &nats.url]);
    done(&platform.run(&["orgs", "create", "acme"]));
    done(&platform.run(&["projects", "create", "acme/vision"]));
    let drill = ["log", "drill", "--json", "--from", &nats.url, "--at-most-behind", "0"];
    assert_same(&drilled(|| platform.run(&drill)));
    drop(platform);

    let restored = done(&restore(&home, &[&arguments[..], &["--accept-losses"]].concat()));
    let restored: serde_json::Value = serde_json::from_str(&restored).unwrap();
    assert!(restored["size"].as_u64().unwrap() > 50, "{restored}");
    assert!(into.join("log.db").exists() && into.join("checkpoint").exists());
    assert_eq!(code(&restore(&home, &arguments)), "log_not_empty");
}
