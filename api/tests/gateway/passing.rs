//! What passes through the gateway without being kept: log lines, tunnels, how far images
//! have come.

use std::collections::BTreeMap;
use std::time::Duration;

use gpuaas_api::keystore::now;
use gpuaas_domain::bounded::Text;
use gpuaas_domain::id::{InstanceId, NodeId, TypedId as _};
use gpuaas_domain::node::Architecture;
use gpuaas_domain::node_protocol::path;
use gpuaas_domain::node_protocol::stream::{ServerFrame, TunnelRequest};
use gpuaas_domain::node_protocol::task::{
    Artifact, EndpointDecision, EndpointKind, Exposure, Identity, Image, LaunchSpec, LaunchValues, Placement, Profile,
};
use gpuaas_domain::node_protocol::tunnel::{Frame, HEADER, UPGRADE};
use gpuaas_domain::node_task::{Target, TaskKind};
use reqwest::{Method, StatusCode, Upgraded};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::node::{Node, Stream};
use super::records::{QueueTask, RunInstance, execute, target, text};
use super::{enrolled, eventually};
use crate::harness::{Client, Running, Tenant};

/// A launch that the node takes.
pub(super) fn specification(node: NodeId, target: &Target) -> LaunchSpec {
    let Target { organization, project, allocation, instance } = target.clone();
    let (name, version) = (text("web"), text("1"));
    LaunchSpec {
        profile: Profile {
            slug: text("hello"),
            version,
            command_args: None,
            container_env: BTreeMap::new(),
            working_directory: None,
            readiness: None,
        },
        values: LaunchValues {
            cpu_millis: 500,
            memory_bytes: 64 << 20,
            gpu_count: 0,
            processes: 64,
            temporary_bytes: 1 << 20,
        },
        identity: Identity { organization, project, allocation, instance },
        placement: Placement { node, slots: Vec::new(), gpus: Vec::new() },
        artifact: Artifact {
            image: Image::Registry(text(&format!("r.io/hello@sha256:{}", "a1".repeat(32)))),
            config_digest: None,
            architecture: Architecture::Amd64,
            pull_credential: None,
            secrets: Vec::new(),
        },
        mounts: Vec::new(),
        endpoints: vec![EndpointDecision { name, port: 8080, kind: EndpointKind::Http, exposure: Exposure::Private }],
    }
}

/// A workload that runs on a connected node.
struct Workload {
    running: Running,
    tenant: Tenant,
    node: Node,
    stream: Stream,
    target: Target,
    path: String,
}

impl Workload {
    async fn start() -> Self {
        let running = Running::with(|config| {
            config.gateway.answer = Duration::from_secs(2);
            config.limits.recheck = Duration::from_millis(50);
        })
        .await;
        let tenant = Tenant::create(&running, "acme").await;
        let node = enrolled(&running, "one").await;
        let target = target(tenant.organization.parse().unwrap(), tenant.project.parse().unwrap(), 4);
        let spec = specification(node.id, &target);
        execute(running.app(), &RunInstance { node: node.id, target: target.clone(), spec }).await;
        let stream = node.stream().await;
        let path = format!("/api/v1/projects/{}/app-instances/{}", tenant.project, target.instance);
        Self { running, tenant, node, stream, target, path }
    }

    /// A client of somebody who may develop in the project.
    async fn client(&self) -> Client {
        let issued = self.tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "tunnels"})).await.expect(201);
        self.running.client(issued["bearer"].as_str().unwrap())
    }

    /// What the node is asked for, next to the answer that somebody waits for.
    async fn asked(&mut self) -> ServerFrame {
        self.stream.next().await.unwrap()
    }

    async fn open(&mut self, client: &Client) -> (reqwest::Response, Option<Far>) {
        let open = client.request(Method::GET, &format!("{}/tunnel/web", self.path));
        let open = open.header("connection", "upgrade").header("upgrade", "tcp").send();
        let (response, far) = tokio::join!(open, async {
            let ServerFrame::Tunnel(request) = self.stream.next().await.unwrap() else {
                panic!("no tunnel is asked for")
            };
            let mut far = Far::open(&self.node, &request).await;
            far.send(Frame::Opened).await;
            far
        });
        (response.unwrap(), Some(far))
    }
}

/// The node's end of a tunnel.
struct Far(Upgraded);

impl Far {
    async fn open(node: &Node, request: &TunnelRequest) -> Self {
        let url = node.gateway.url(&format!("{}/{}", path::TUNNELS, request.tunnel));
        let asked = node.gateway.http().get(url).header("connection", "upgrade").header("upgrade", UPGRADE);
        let response = asked.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
        Self(response.upgrade().await.unwrap())
    }

    async fn send(&mut self, frame: Frame) {
        self.0.write_all(&frame.encode()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// The next frame; `None` when the tunnel has ended.
    async fn receive(&mut self) -> Option<Frame> {
        let mut header = [0; HEADER];
        self.0.read_exact(&mut header).await.ok()?;
        let (kind, length) = Frame::announced(header).unwrap();
        let mut content = vec![0; length];
        self.0.read_exact(&mut content).await.ok()?;
        Some(Frame::decode(kind, content).unwrap())
    }
}

#[tokio::test]
async fn a_tunnel_carries_bytes_both_ways_until_both_sides_are_done() {
    let mut workload = Workload::start().await;
    let client = workload.client().await;
    let (response, far) = workload.open(&client).await;
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    let (mut near, mut far) = (response.upgrade().await.unwrap(), far.unwrap());
    near.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    near.flush().await.unwrap();
    assert_eq!(far.receive().await, Some(Frame::Data(b"GET / HTTP/1.0\r\n\r\n".to_vec())));
    let long = vec![7; 300_000];
    for part in long.chunks(60_000) {
        far.send(Frame::Data(part.to_vec())).await;
    }
    let mut received = vec![0; long.len()];
    near.read_exact(&mut received).await.unwrap();
    assert!(received == long);
    far.send(Frame::Finished).await;
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
    drop(near);
    assert!(matches!(far.receive().await, Some(Frame::Finished) | None));
}

#[tokio::test]
async fn a_websocket_carries_the_same_bytes() {
    let mut workload = Workload::start().await;
    let client = workload.client().await;
    let open = client.request(Method::GET, &format!("{}/tunnel/web", workload.path));
    let open = open.header("connection", "upgrade").header("upgrade", "websocket");
    let open = open.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let (response, mut far) = tokio::join!(open.send(), async {
        let ServerFrame::Tunnel(request) = workload.stream.next().await.unwrap() else { panic!("no tunnel") };
        let mut far = Far::open(&workload.node, &request).await;
        far.send(Frame::Opened).await;
        far
    });
    let mut near = response.unwrap().upgrade().await.unwrap();
    // A masked binary message of three bytes, with a mask of zeros (RFC 6455, section 5.2).
    near.write_all(&[0x82, 0x83, 0, 0, 0, 0, b'a', b'b', b'c']).await.unwrap();
    assert_eq!(far.receive().await, Some(Frame::Data(b"abc".to_vec())));
    far.send(Frame::Data(b"def".to_vec())).await;
    let mut message = [0; 5];
    near.read_exact(&mut message).await.unwrap();
    assert_eq!(message, [0x82, 3, b'd', b'e', b'f']);
}

#[tokio::test]
async fn a_tunnel_ends_with_the_token_that_opened_it() {
    let mut workload = Workload::start().await;
    let admin = &workload.tenant.admin;
    let issued = admin.post("/api/v1/users/me/tokens", json!({"name": "tunnel"})).await.expect(201);
    let client = workload.running.client(issued["bearer"].as_str().unwrap());
    let token = issued["token"]["id"].as_str().unwrap().to_owned();
    let (response, far) = workload.open(&client).await;
    let (mut near, mut far) = (response.upgrade().await.unwrap(), far.unwrap());
    far.send(Frame::Data(b"open".to_vec())).await;
    near.read_exact(&mut [0; 4]).await.unwrap();
    workload.tenant.admin.delete(&format!("/api/v1/users/me/tokens/{token}")).await.expect(200);
    let ended = async { while matches!(near.read(&mut [0; 16]).await, Ok(1..)) {} };
    tokio::time::timeout(super::SOON, ended).await.expect("the tunnel is open still");
    assert_eq!(far.receive().await, None);
}

#[tokio::test]
async fn a_tunnel_ends_with_the_nodes_ban() {
    let mut workload = Workload::start().await;
    let client = workload.client().await;
    let (response, far) = workload.open(&client).await;
    let (mut near, _far) = (response.upgrade().await.unwrap(), far.unwrap());
    let admin = workload.running.admin();
    admin.send(admin.mutation(Method::POST, &format!("/api/v1/nodes/{}/ban", workload.node.id))).await.expect(200);
    let ended = async { while matches!(near.read(&mut [0; 16]).await, Ok(1..)) {} };
    tokio::time::timeout(super::SOON, ended).await.expect("the tunnel is open still");
}

#[tokio::test]
async fn a_tunnel_that_nobody_takes_is_refused_with_the_reason() {
    let mut workload = Workload::start().await;
    let client = workload.client().await;
    let path = format!("{}/tunnel/web", workload.path);
    let upgrade = || client.request(Method::GET, &path).header("connection", "upgrade").header("upgrade", "tcp");
    let (refused, ()) = tokio::join!(client.send(upgrade()), async {
        let ServerFrame::Tunnel(request) = workload.asked().await else { panic!("no tunnel is asked for") };
        let reason = Text::new("the workload has no such endpoint").unwrap();
        Far::open(&workload.node, &request).await.send(Frame::Refused(reason)).await;
    });
    refused.refused(409, "instance_state_conflict");
    assert!(refused.body["error"]["message"].as_str().unwrap().contains("no such endpoint"), "{}", refused.body);
    // The node does not come at all.
    client.send(upgrade()).await.refused(504, "deadline_exceeded");
    client.send(client.request(Method::GET, &path)).await.refused(400, "invalid_header");
    // Another node cannot take it.
    let other = enrolled(&workload.running, "other").await;
    let (refused, ()) = tokio::join!(client.send(upgrade()), async {
        let ServerFrame::Tunnel(_) = workload.asked().await else { panic!("no tunnel is asked for") };
        let ServerFrame::Tunnel(request) = workload.asked().await else { panic!("no tunnel is asked for") };
        let url = other.gateway.url(&format!("{}/{}", path::TUNNELS, request.tunnel));
        let asked = other.gateway.http().get(url).header("connection", "upgrade").header("upgrade", UPGRADE);
        other.gateway.send(asked).await.unwrap().refused(404, "not_found");
    });
    refused.refused(504, "deadline_exceeded");
    drop(workload.stream);
    eventually("the stream's end", async || (client.send(upgrade()).await.code() == "node_offline").then_some(()))
        .await;
}

#[tokio::test]
async fn log_lines_are_asked_of_the_node_that_keeps_them() {
    let mut workload = Workload::start().await;
    let client = workload.client().await;
    let path = format!("{}/logs", workload.path);
    let asked = format!("{path}?from_sequence=5&limit=2");
    let (lines, ()) = tokio::join!(client.get(&asked), async {
        let ServerFrame::Logs(request) = workload.stream.next().await.unwrap() else {
            panic!("no lines are asked for")
        };
        assert_eq!((request.instance, request.from, request.limit), (workload.target.instance, 5, 2));
        let line = json!({"sequence": 5, "at": now(), "stream": "stderr", "text": "hello \"you\""});
        let answer = json!({"request": request.request, "first": 3, "next": 6, "lines": [line], "known": true});
        let other = enrolled(&workload.running, "other").await;
        other.gateway.post(path::LOGS, answer.clone()).await.refused(404, "not_found");
        workload.node.gateway.post(path::LOGS, answer.clone()).await.expect(204);
        workload.node.gateway.post(path::LOGS, answer).await.refused(404, "not_found");
    });
    let lines = lines.expect(200);
    assert_eq!((&lines["first_sequence"], &lines["next_sequence"]), (&json!(3), &json!(6)));
    assert_eq!((&lines["lines"][0]["text"], &lines["lines"][0]["stream"]), (&json!("hello \"you\""), &json!("stderr")));
    client.get(&path).await.refused(504, "deadline_exceeded");
    client.get(&format!("{path}?limit=1001")).await.refused(400, "invalid_parameter");
    client.get(&format!("{path}?from_sequence=x")).await.refused(400, "invalid_parameter");
}

#[tokio::test]
async fn how_far_an_image_has_come_is_shown_while_it_is_fetched() {
    let workload = Workload::start().await;
    let client = workload.client().await;
    let path = format!("{}/image-progress", workload.path);
    assert_eq!(client.get(&path).await.expect(200)["fetching"], false);
    let Workload { running, node, target, .. } = &workload;
    let (kind, spec) = (TaskKind::OciLaunch, "{}".to_owned());
    let launch = QueueTask { node: node.id, kind, target: Some(target.clone()), spec };
    let task = execute(running.app(), &launch).await;
    let progress = |instance: InstanceId| {
        json!({
            "task": task, "instance": instance, "layers_done": 1, "layers_total": 3, "bytes_done": 10, "bytes_total": 30
        })
    };
    eventually("the task", async || {
        let reply = node.gateway.post(path::PROGRESS, progress(target.instance)).await;
        (reply.status == StatusCode::NO_CONTENT).then_some(())
    })
    .await;
    let shown = client.get(&path).await.expect(200);
    assert_eq!(
        (&shown["fetching"], &shown["layers_done"], &shown["bytes_total"]),
        (&json!(true), &json!(1), &json!(30))
    );
    let other = enrolled(running, "other").await;
    other.gateway.post(path::PROGRESS, progress(target.instance)).await.refused(404, "not_found");
    let another = InstanceId::from_uuid(uuid::Uuid::from_u128(5));
    node.gateway.post(path::PROGRESS, progress(another)).await.refused(404, "not_found");
}

#[tokio::test]
async fn what_passes_through_is_for_those_who_may_develop_in_the_project() {
    let workload = Workload::start().await;
    let foreign = Tenant::create(&workload.running, "evil").await;
    for part in ["logs", "image-progress", "tunnel/web"] {
        let path = format!("{}/{part}", workload.path);
        foreign.admin.get(&path).await.refused(404, "not_found");
        // The workload is not found in another project, whoever asks.
        let elsewhere = path.replace(&workload.tenant.project, &foreign.project);
        foreign.admin.get(&elsewhere).await.refused(404, "not_found");
    }
}
