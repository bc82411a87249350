//! A workload of the embedded platform, launched by commands.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::image::Image;
use crate::end_to_end::platform::Platform;

/// Longest wait for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running workload: `web` in `acme/vision`. It is gone when the test is over.
pub(super) struct Workload {
    /// The platform, whose only node is this machine.
    pub(super) platform: Platform,
    _image: Image,
}

impl Workload {
    /// Launches it.
    pub(super) fn launch() -> Self {
        let image = Image::make();
        let platform = Platform::start_with(&["--local-images", "true", "--slots", "1"]);
        let workload = Self { platform, _image: image };
        workload.wait_for(&["nodes", "show", "local"], |node| {
            node["status"] == "online" && !node["inventory"].is_null() && !node["runtime"].is_null()
        });
        workload.offer();
        workload.run("allocations create acme/vision cpu --name lab --wait");
        workload.run("instances launch acme/vision hello 1.0 --on lab --name web --wait");
        workload
    }

    fn offer(&self) {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/end_to_end/files/hello.yaml");
        let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
        self.run(&format!("skus create cpu --cpus 1 --memory-gib 1 --architecture {architecture}"));
        self.run("apps create hello");
        self.run(&format!("app-versions create hello 1.0 {manifest}"));
        self.run("app-versions publish hello 1.0");
        let image = format!("--local-image {} --architecture {architecture}", self._image.digest);
        self.run(&format!("artifacts upload hello runtime {image} --wait"));
        self.run("artifacts publish hello runtime");
        self.run("artifacts promote hello runtime");
        self.run("orgs create acme");
        self.run("projects create acme/vision");
        self.run("entitlements enable acme/vision hello");
    }

    /// Runs a command, which succeeds; gives what it prints.
    pub(super) fn run(&self, line: &str) -> String {
        let output = self.platform.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn wait_for(&self, command: &[&str], holds: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        loop {
            let shown = self.platform.run(&[command, &["--json"]].concat()).stdout;
            let shown = serde_json::from_slice(&shown).unwrap_or(Value::Null);
            if holds(&shown) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{command:?}: {shown:#}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        // A container that is left would outlive the test.
        let ended = self.platform.run(&["allocations", "release", "acme/vision", "lab", "--wait"]);
        if !std::thread::panicking() {
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        }
    }
}
