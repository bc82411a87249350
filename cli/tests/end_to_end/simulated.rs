//! A simulated node: a real agent on the real protocol, whose containers are not there.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::platform::Platform;

/// Longest wait for it to come online.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running agent. It is killed when the test is over.
pub(crate) struct Node(Child);

impl Node {
    /// Registers a node, and starts its agent; it is online when this returns.
    pub(crate) fn start(platform: &Platform, name: &str) -> Self {
        assert!(platform.run(&["nodes", "create", name, "--simulated"]).status.success());
        let token = platform.run(&["nodes", "issue-token", name]);
        assert!(token.status.success(), "{}", String::from_utf8_lossy(&token.stderr));
        std::fs::write(platform.home().join("node.token"), token.stdout).unwrap();
        let server = ["agent", "--server", platform.gateway(), "--folder", name, "--token-file", "node.token"];
        let mut agent = platform.command(&[&server[..], &["--simulate", "1", "--log", "warn"]].concat());
        let node = Self(agent.stdout(Stdio::null()).spawn().unwrap());
        let began = Instant::now();
        loop {
            let shown = platform.run(&["nodes", "show", name, "--json"]).stdout;
            let shown: serde_json::Value = serde_json::from_slice(&shown).unwrap();
            if shown["status"] == "online" && !shown["runtime"].is_null() && !shown["inventory"].is_null() {
                return node;
            }
            assert!(began.elapsed() < PATIENCE, "{shown:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
