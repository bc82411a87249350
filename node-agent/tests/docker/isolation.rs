//! No way to the host, the metadata address or a neighbour. Each attempt has its counterpart
//! that succeeds, so that a broken probe is not taken for a closed door.

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig, NetworkCreateRequest};
use bollard::query_parameters::RemoveContainerOptionsBuilder;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::engine::{TestImage, container, exec};
use super::world::{World, get};
use crate::gateway::New;

/// Says `host` to whoever connects to any of the host's addresses.
async fn listen() -> u16 {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(b"host\n").await;
        }
    });
    port
}

/// A container in a network with none of our rules.
struct Ordinary {
    docker: Docker,
    id: String,
    network: String,
}

impl Ordinary {
    async fn start(docker: &Docker, image: &TestImage) -> Self {
        let network = format!("test-{}", Uuid::now().simple());
        let request = NetworkCreateRequest { name: network.clone(), ..NetworkCreateRequest::default() };
        docker.create_network(request).await.unwrap();
        let body = ContainerCreateBody {
            image: Some(image.id.clone()),
            cmd: Some(["/bin/sleep", "600"].map(String::from).to_vec()),
            host_config: Some(HostConfig { network_mode: Some(network.clone()), ..HostConfig::default() }),
            ..ContainerCreateBody::default()
        };
        let id = docker.create_container(None, body).await.unwrap().id;
        docker.start_container(&id, None).await.unwrap();
        Self { docker: docker.clone(), id, network }
    }

    async fn remove(self) {
        let force = RemoveContainerOptionsBuilder::default().force(true).build();
        self.docker.remove_container(&self.id, Some(force)).await.unwrap();
        self.docker.remove_network(&self.network).await.unwrap();
    }
}

/// The host's and the container's address in the container's only network.
async fn addresses(docker: &Docker, id: &str) -> (String, String) {
    let settings = docker.inspect_container(id, None).await.unwrap().network_settings.unwrap();
    let networks = settings.networks.unwrap();
    assert_eq!(networks.len(), 1);
    let (name, own) = networks.into_iter().next().unwrap();
    let pools = docker.inspect_network(&name, None).await.unwrap().ipam.unwrap().config.unwrap();
    (pools[0].gateway.clone().unwrap(), own.ip_address.unwrap())
}

/// What somebody says to a container that connects to him.
async fn heard(docker: &Docker, container: &str, host: &str, port: u16) -> String {
    // Without a name to resolve, and with a line to say: the web server answers to nothing less.
    let (_, said) =
        exec(docker, container, &format!("echo 'GET / HTTP/1.0' | nc -w 2 {host} {port} 2>/dev/null")).await;
    said
}

#[tokio::test]
async fn a_workload_reaches_none_of_the_hosts_addresses() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let port = listen().await;
    let ordinary = Ordinary::start(&world.docker, &image).await;
    let (other_gateway, _) = addresses(&world.docker, &ordinary.id).await;
    let reachable = heard(&world.docker, &ordinary.id, &other_gateway, port).await;
    let kept = world.launch(&world.web(image.local())).await.unwrap().status.container.unwrap();
    let (own_gateway, _) = addresses(&world.docker, &kept).await;
    let mut said = Vec::new();
    for host in [&own_gateway, &other_gateway] {
        said.push(heard(&world.docker, &kept, host, port).await);
    }
    ordinary.remove().await;
    assert_eq!(reachable, "host\n", "an ordinary container does not reach the host, so this test shows nothing");
    assert_eq!(said, ["", ""]);
}

#[tokio::test]
async fn a_workload_reaches_no_neighbour_and_none_reaches_it_but_the_host() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let (one, other) = (world.web(image.local()), world.web(image.local()));
    let mut ids = Vec::new();
    for spec in [&one, &other] {
        ids.push(world.launch(spec).await.unwrap().status.container.unwrap().to_string());
    }
    let (_, neighbour) = addresses(&world.docker, &ids[1]).await;
    let ordinary = Ordinary::start(&world.docker, &image).await;
    let itself = heard(&world.docker, &ids[1], "127.0.0.1", 8080).await;
    let from_workload = heard(&world.docker, &ids[0], &neighbour, 8080).await;
    let from_ordinary = heard(&world.docker, &ordinary.id, &neighbour, 8080).await;
    ordinary.remove().await;
    assert!(get((neighbour, 8080)).await.ends_with("hello\n"));
    assert!(itself.ends_with("hello\n"), "the probe does not work: {itself:?}");
    assert_eq!((from_workload.as_str(), from_ordinary.as_str()), ("", ""));
}

#[tokio::test]
async fn a_workload_reaches_neither_the_metadata_address_nor_the_internet() {
    let world = World::new().await;
    let image = TestImage::make().await;
    let spec = world.web(image.local());
    let id = world.launch(&spec).await.unwrap().status.container.unwrap();
    for (address, reachable) in [("127.0.0.1 8080", true), ("169.254.169.254 80", false), ("192.0.2.1 80", false)] {
        let (code, said) = exec(&world.docker, &id, &format!("nc -w 2 {address} </dev/null")).await;
        assert_eq!(code == 0, reachable, "{address}: {said}");
    }
    // What makes it so: no route leads out of the workload's only network.
    let network = container(&world.docker, spec.identity.instance).await.host_config.unwrap().network_mode.unwrap();
    assert_eq!(world.docker.inspect_network(&network, None).await.unwrap().internal, Some(true));
}
