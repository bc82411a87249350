//! The engine as a test sees it, beside the agent: through its own command line.

use tokio::process::Command;

/// What a command of the engine's client prints; it has to succeed.
pub(super) async fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().await.unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Containers of a workload or of a node, running or not.
pub(super) async fn containers(label: &str, id: &str) -> Vec<String> {
    let filter = format!("label=gpuaas.{label}={id}");
    let listed = docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &filter]).await;
    let mut ids: Vec<String> = listed.lines().map(str::to_owned).collect();
    ids.sort();
    ids
}

/// Networks of a workload.
pub(super) async fn networks(instance: &str) -> Vec<String> {
    let filter = format!("label=gpuaas.instance={instance}");
    docker(&["network", "ls", "--quiet", "--filter", &filter]).await.lines().map(str::to_owned).collect()
}

/// What the engine says of a container, by a Go template.
pub(super) async fn inspect(container: &str, template: &str) -> String {
    docker(&["inspect", "--format", template, container]).await
}

/// Removes whatever belongs to a node, even when a test fails.
pub(super) struct Sweeper(pub(super) String);

impl Drop for Sweeper {
    fn drop(&mut self) {
        let filter = format!("label=gpuaas.node={}", self.0);
        let listed = |arguments: &[&str]| {
            let output = std::process::Command::new("docker").args(arguments).args(["--filter", &filter]).output();
            let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        for id in listed(&["ps", "--all", "--quiet"]) {
            let _ = std::process::Command::new("docker").args(["rm", "--force", &id]).output();
        }
        for id in listed(&["network", "ls", "--quiet"]) {
            let _ = std::process::Command::new("docker").args(["network", "rm", &id]).output();
        }
        // In a drop there is nobody to wait for a future.
        let _ = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            drop(runtime.block_on(gpuaas_node_agent::lift_isolation()));
        })
        .join();
    }
}
