//! Following events across the end of a platform.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use super::platform::Platform;

struct Follower {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn new(platform: &Platform, arguments: &[&str]) -> Self {
        let mut child = platform.command(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for an event of this type.
    fn wait_for(&mut self, event: &str) {
        let found = self.lines.by_ref().map(Result::unwrap).any(|line| line.contains(event));
        assert!(found, "the follower ended before it saw {event}");
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_follower_misses_nothing_when_the_platform_is_killed() {
    let platform = Platform::start();
    assert!(platform.run(&["orgs", "create", "acme"]).status.success());
    let mut follower = Follower::new(&platform, &["events", "follow", "acme", "--after", "0"]);
    follower.wait_for("organization.created");
    let platform = platform.kill_and_restart();
    assert!(platform.run(&["projects", "create", "acme/vision"]).status.success());
    follower.wait_for("project.created");
}

#[test]
fn a_follower_ends_with_its_token() {
    let platform = Platform::start();
    assert!(platform.run(&["orgs", "create", "acme"]).status.success());
    let token = platform.run(&["tokens", "create", "short", "--json"]).stdout;
    let token: serde_json::Value = serde_json::from_slice(&token).unwrap();
    let bearer = token["bearer"].as_str().unwrap();
    let mut follower = Follower::new(&platform, &["events", "follow", "acme", "--after", "0", "--token", bearer]);
    follower.wait_for("organization.created");
    assert!(platform.run(&["tokens", "revoke", token["token"]["id"].as_str().unwrap()]).status.success());
    assert_eq!(follower.child.wait().unwrap().code(), Some(1));
}
