//! The outsider's programs, written from `docs/subscribing/jetstream.md` and
//! `docs/log-format.md` alone, follow the log through an outage and agree with it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use super::platform::Platform;
use super::server::Nats;
use crate::outsider::python;

/// How long an event may take that has happened.
const PATIENCE: Duration = Duration::from_secs(120);

/// `follow.py` at work.
struct Follower {
    child: Child,
    lines: Receiver<Value>,
    seen: Vec<Value>,
}

impl Follower {
    fn start(platform: &Platform, nats: &Nats) -> Self {
        let interpreter = std::env::var_os("GPUAAS_TEST_OUTSIDER_PYTHON").expect("cargo xtask test names it");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("outsider/follow.py");
        let mut command = Command::new(interpreter);
        command.arg("-B").arg(script).args([nats.url(), platform.address(), platform.organization.clone()]);
        command.env("GPUAAS_TOKEN", platform.token()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines() {
                let Ok(line) = line else { return };
                let _ = tell.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, lines, seen: Vec::new() }
    }

    /// Waits until it has printed as many events as there are; fails unless they are the log's.
    fn has_printed(&mut self, expected: &[(u64, u64, String)]) {
        while self.seen.len() < expected.len() {
            let next = self.lines.recv_timeout(PATIENCE);
            self.seen.push(next.unwrap_or_else(|_| panic!("{} of {} events came", self.seen.len(), expected.len())));
        }
        assert_eq!(self.seen.len(), expected.len());
        for (seen, (sequence, position, hash)) in self.seen.iter().zip(expected) {
            let is_it = seen["owner_sequence"] == *sequence && seen["position"] == *position;
            assert!(
                is_it && (seen["hash"].is_null() || seen["hash"] == *hash),
                "{seen} is not {sequence} at {position}"
            );
        }
    }

    fn got_over_nats(&self) -> usize {
        self.seen.iter().filter(|seen| seen["source"] == "nats").count()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `follow.py` blocks, so it is waited for elsewhere.
async fn printed(mut follower: Follower, platform: &Platform) -> Follower {
    let expected = platform.events().await;
    tokio::task::spawn_blocking(move || {
        follower.has_printed(&expected);
        follower
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_outsiders_events_are_the_logs_through_an_outage() {
    let mut nats = Nats::start();
    let mut platform = Platform::start(&nats).await;
    platform.happen(10).await;
    platform.mirrored().await;
    let follower = printed(Follower::start(&platform, &nats), &platform).await;
    assert!(follower.got_over_nats() > 0, "it follows over NATS");
    nats.kill();
    nats.wipe();
    platform.happen(10).await;
    let follower = printed(follower, &platform).await;
    nats.start_again();
    platform.happen(10).await;
    platform.mirrored().await;
    let follower = printed(follower, &platform).await;
    assert!(follower.lines.try_recv().is_err(), "nothing is printed twice");
    let output = python::run("mirror.py", [nats.url()]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_str(&said).unwrap();
    let head = *platform.log().head().borrow();
    let last = platform.log().entry(head).await.unwrap().unwrap();
    assert_eq!((said["entries"].as_u64(), said["head"].as_str()), (Some(head), Some(last.hash().to_string().as_str())));
    platform.stop().await;
}
