//! The engine as a test sees it, beside the agent.

use std::collections::HashMap;
use std::process::Command;
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::exec::StartExecResults;
use bollard::models::{ContainerInspectResponse, ExecConfig};
use bollard::query_parameters::{
    CreateImageOptionsBuilder, ListContainersOptionsBuilder, ListNetworksOptionsBuilder, PushImageOptions,
    RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder, TagImageOptionsBuilder,
};
use futures::StreamExt;
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node_protocol::task::Image;
use uuid::Uuid;

use crate::gateway::New;
use crate::specs::text;

/// What the agent is told, too.
pub(super) fn host() -> Option<String> {
    std::env::var("DOCKER_HOST").ok()
}

pub(super) async fn connect() -> Docker {
    let docker = Docker::connect_with_defaults().expect("DOCKER_HOST names an engine");
    docker.negotiate_version().await.expect("a Docker engine answers")
}

/// Removes whatever belongs to a node, even when a test fails.
pub(super) struct Sweeper(pub(super) NodeId);

impl Drop for Sweeper {
    fn drop(&mut self) {
        let filters = HashMap::from([("label".to_owned(), vec![format!("gpuaas.node={}", self.0)])]);
        at_last(async move {
            let docker = connect().await;
            remove_containers(&docker, &filters).await;
            let list = ListNetworksOptionsBuilder::default().filters(&filters).build();
            for network in docker.list_networks(Some(list)).await.unwrap() {
                let _ = docker.remove_network(&network.id.unwrap()).await;
            }
            // With the last network the firewall's rules go, too. An agent on the thread that waits here may
            // be changing them, and cannot go on: then they are left to the next test's end.
            let lifted = tokio::time::timeout(Duration::from_secs(2), gpuaas_node_agent::lift_isolation()).await;
            lifted.unwrap_or(Ok(())).unwrap();
        });
    }
}

async fn remove_containers(docker: &Docker, filters: &HashMap<String, Vec<String>>) {
    let list = ListContainersOptionsBuilder::default().all(true).filters(filters).build();
    for container in docker.list_containers(Some(list)).await.unwrap() {
        let force = RemoveContainerOptionsBuilder::default().force(true).build();
        let _ = docker.remove_container(&container.id.unwrap(), Some(force)).await;
    }
}

/// Does something while a test ends: in a drop there is nobody to wait for a future.
fn at_last(work: impl Future<Output = ()> + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _ = std::thread::spawn(move || runtime.block_on(work)).join();
}

/// An image of a static busybox, with its commands and a page to serve.
pub(super) struct TestImage {
    docker: Docker,
    /// Config digest.
    pub(super) id: String,
    repository: String,
}

impl TestImage {
    pub(super) async fn make() -> Self {
        let docker = connect().await;
        let name = Uuid::now().simple().to_string();
        let repository = format!("{}/test/{name}", std::env::var("GPUAAS_TEST_REGISTRY").expect("a registry is given"));
        let options = CreateImageOptionsBuilder::default().from_src("-").repo(&repository).tag("t").build();
        let body = bollard::body_full(root_filesystem().into());
        let said: Vec<_> = docker.create_image(Some(options), Some(body), None).collect().await;
        said.into_iter().for_each(|said| drop(said.unwrap()));
        let id = docker.inspect_image(&format!("{repository}:t")).await.unwrap().id.unwrap();
        Self { docker, id, repository }
    }

    /// Publishes the image and takes it away from this machine: what runs has to be fetched.
    pub(super) async fn publish(&self) -> Image {
        let name = format!("{}:t", self.repository);
        let pushed: Vec<_> = self.docker.push_image(&self.repository, Some(push()), Some(nobody())).collect().await;
        pushed.into_iter().for_each(|said| assert!(said.as_ref().unwrap().error_detail.is_none(), "{said:?}"));
        let digests = self.docker.inspect_image(&name).await.unwrap().repo_digests.unwrap();
        self.forget().await;
        Image::Registry(text(&digests[0]))
    }

    /// `registry/path`.
    pub(super) fn repository(&self) -> &str {
        &self.repository
    }

    pub(super) fn local(&self) -> Image {
        Image::LocalImage(self.id.parse().unwrap())
    }

    /// Gives the image another name.
    pub(super) async fn tag(&self, repository: &str, tag: &str) {
        let options = TagImageOptionsBuilder::default().repo(repository).tag(tag).build();
        self.docker.tag_image(&self.id, Some(options)).await.unwrap();
    }

    async fn forget(&self) {
        let force = RemoveImageOptionsBuilder::default().force(true).build();
        let _ = self.docker.remove_image(&self.id, Some(force), None).await;
    }
}

impl Drop for TestImage {
    fn drop(&mut self) {
        let id = self.id.clone();
        at_last(async move {
            let docker = connect().await;
            // The image may go before the world that runs it.
            remove_containers(&docker, &HashMap::from([("ancestor".to_owned(), vec![id.clone()])])).await;
            let force = RemoveImageOptionsBuilder::default().force(true).build();
            let _ = docker.remove_image(&id, Some(force), None).await;
        });
    }
}

fn push() -> PushImageOptions {
    PushImageOptions { tag: Some("t".into()), ..PushImageOptions::default() }
}

/// The engine wants a login to push with, and the registry takes everybody.
fn nobody() -> bollard::auth::DockerCredentials {
    bollard::auth::DockerCredentials::default()
}

/// A tar of one static program under many names.
fn root_filesystem() -> Vec<u8> {
    let busybox = std::env::var("GPUAAS_TEST_BUSYBOX").unwrap_or_else(|_| "/usr/bin/busybox".into());
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for made in ["bin", "www", "tmp", "etc", "workspace"] {
        std::fs::create_dir(root.join(made)).unwrap();
    }
    std::fs::copy(busybox, root.join("bin/busybox")).expect("a static busybox");
    for name in ["sh", "sleep", "cat", "touch", "dd", "httpd", "grep", "ln", "echo", "seq", "wc", "nc"] {
        std::os::unix::fs::symlink("busybox", root.join("bin").join(name)).unwrap();
    }
    std::fs::write(root.join("www/index.html"), "hello\n").unwrap();
    let tar = Command::new("tar").arg("-C").arg(root).args(["-c", "."]).output().unwrap();
    assert!(tar.status.success());
    tar.stdout
}

/// What a command inside a container said, and how it ended.
pub(super) async fn exec(docker: &Docker, container: &str, command: &str) -> (i64, String) {
    let config = ExecConfig {
        cmd: Some(["/bin/sh", "-c", command].map(String::from).to_vec()),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        ..ExecConfig::default()
    };
    let id = docker.create_exec(container, config).await.unwrap().id;
    let mut said = String::new();
    if let StartExecResults::Attached { mut output, .. } = docker.start_exec(&id, None).await.unwrap() {
        while let Some(Ok(part)) = output.next().await {
            if let LogOutput::StdOut { message } | LogOutput::StdErr { message } = part {
                said.push_str(&String::from_utf8_lossy(&message));
            }
        }
    }
    (docker.inspect_exec(&id).await.unwrap().exit_code.unwrap(), said)
}

/// Containers of a node, running or not.
pub(super) async fn containers(docker: &Docker, node: NodeId) -> Vec<ContainerInspectResponse> {
    let filters = HashMap::from([("label".to_owned(), vec![format!("gpuaas.node={node}")])]);
    let list = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    let mut containers = Vec::new();
    for listed in docker.list_containers(Some(list)).await.unwrap() {
        match docker.inspect_container(&listed.id.unwrap(), None).await {
            Ok(container) => containers.push(container),
            // Listed while it was made or removed: it is not there.
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    containers
}

/// The container of a workload, by its label.
pub(super) async fn container(docker: &Docker, instance: impl std::fmt::Display) -> ContainerInspectResponse {
    let filters = HashMap::from([("label".to_owned(), vec![format!("gpuaas.instance={instance}")])]);
    let list = ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
    let found = docker.list_containers(Some(list)).await.unwrap();
    docker.inspect_container(found[0].id.as_ref().unwrap(), None).await.unwrap()
}
