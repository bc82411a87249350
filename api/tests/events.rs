//! Events as they happen, resumed after a break, for as long as the token counts.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Client, Running, Tenant, check_announced};

/// An open stream.
struct Stream {
    chunks: std::pin::Pin<Box<dyn futures::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    text: String,
    /// What the document of the events calls it.
    channel: &'static str,
}

/// One event of it.
#[derive(Debug)]
struct Seen {
    id: Option<u64>,
    event: String,
    data: Value,
}

impl Stream {
    async fn open(client: &Client, path: &str, last: Option<u64>) -> Self {
        let mut request = client.request(Method::GET, path).header("Accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
        let channel = if path.contains("/projects/") { "projectEvents" } else { "organizationEvents" };
        Self { chunks: Box::pin(response.bytes_stream()), text: String::new(), channel }
    }

    /// The next event; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Seen> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let seen = read(block);
                self.text = rest.to_owned();
                match seen {
                    Some(seen) => {
                        check_announced(self.channel, &seen.event, &Value::Null, &seen.data);
                        return Some(seen);
                    }
                    None => continue,
                }
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.chunks.next()).await.expect("nothing came");
            self.text += std::str::from_utf8(&chunk?.ok()?).unwrap();
        }
    }

    /// The id with which it opens, before anything has happened.
    async fn opening(&mut self) -> u64 {
        while !self.text.contains("\n\n") {
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.chunks.next()).await.expect("nothing came");
            self.text += std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap();
        }
        let (block, _) = self.text.split_once("\n\n").unwrap();
        assert_eq!(block.lines().count(), 1, "{block}");
        block.strip_prefix("id: ").unwrap().parse().unwrap()
    }

    async fn until(&mut self, event: &str) -> Seen {
        loop {
            let seen = self.next().await.expect("the stream ended");
            if seen.event == event {
                return seen;
            }
        }
    }
}

fn read(block: &str) -> Option<Seen> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let event = field("event")?.to_owned();
    let data = serde_json::from_str(field("data").unwrap_or("null")).unwrap();
    Some(Seen { id: field("id").and_then(|id| id.parse().ok()), event, data })
}

#[tokio::test]
async fn an_organizations_events_come_from_the_first_on_without_a_gap() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    Tenant::create(&running, "evil").await;
    let path = format!("/api/v1/orgs/{}/events?after=0", tenant.organization);
    let mut stream = Stream::open(&tenant.admin, &path, None).await;
    let first = stream.next().await.unwrap();
    assert_eq!((first.id, first.event.as_str()), (Some(1), "organization.created"));
    assert_eq!(first.data["organization"], json!(tenant.organization));
    assert_eq!(first.data["payload"]["slug"], "acme");
    let project = stream.until("project.created").await;
    assert_eq!(project.data["project"], json!(tenant.project));
    assert_eq!(project.data["actor"]["id"], json!(tenant.admin_user));
    let renamed = json!({"display_name": "Live"});
    tenant.admin.patch(&format!("/api/v1/orgs/{}", tenant.organization), renamed).await.expect(200);
    let mut last = project.id.unwrap();
    loop {
        let seen = stream.next().await.unwrap();
        assert_eq!(seen.id, Some(last + 1), "there is no gap");
        assert_eq!(seen.data["organization"], json!(tenant.organization), "and nothing of others");
        last += 1;
        if seen.event == "organization.updated" {
            break;
        }
    }
}

#[tokio::test]
async fn a_stream_is_resumed_after_the_last_event_that_was_seen() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let events = format!("/api/v1/orgs/{}/events", tenant.organization);
    let mut stream = Stream::open(&tenant.admin, &format!("{events}?after=0"), None).await;
    let seen = stream.until("project.created").await;
    drop(stream);
    for slug in ["one", "two"] {
        let project = json!({"slug": slug, "display_name": slug});
        tenant.admin.post(&format!("/api/v1/orgs/{}/projects", tenant.organization), project).await.expect(201);
    }
    let mut resumed = Stream::open(&tenant.admin, &format!("{events}?event=project.created"), seen.id).await;
    for slug in ["one", "two"] {
        let seen = resumed.next().await.unwrap();
        assert_eq!((seen.event.as_str(), &seen.data["payload"]["slug"]), ("project.created", &json!(slug)));
    }
}

#[tokio::test]
async fn a_stream_that_breaks_before_its_first_event_is_resumed_where_it_began() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let events = format!("/api/v1/orgs/{}/events", tenant.organization);
    let mut stream = Stream::open(&tenant.admin, &events, None).await;
    let began = stream.opening().await;
    drop(stream);
    let renamed = json!({"display_name": "Meanwhile"});
    tenant.admin.patch(&format!("/api/v1/orgs/{}", tenant.organization), renamed).await.expect(200);
    let mut resumed = Stream::open(&tenant.admin, &events, Some(began)).await;
    let seen = resumed.next().await.unwrap();
    assert_eq!((seen.id, seen.event.as_str()), (Some(began + 1), "organization.updated"));
    let mut first = Stream::open(&tenant.admin, &format!("{events}?after=0"), None).await;
    assert_eq!(first.opening().await, 0);
}

#[tokio::test]
async fn a_place_that_no_event_has_yet_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    for path in
        [format!("/api/v1/orgs/{}/events", tenant.organization), tenant.fill("/api/v1/projects/{project_id}/events")]
    {
        for beyond in ["1000", &u64::MAX.to_string()] {
            let request = tenant.admin.request(Method::GET, &path).header("Last-Event-ID", beyond);
            tenant.admin.send(request).await.refused(400, "invalid_header");
            tenant.admin.get(&format!("{path}?after={beyond}")).await.refused(400, "invalid_parameter");
        }
    }
}

#[tokio::test]
async fn a_project_stream_shows_its_project_only() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let other = json!({"slug": "other", "display_name": "Other"});
    tenant.admin.post(&format!("/api/v1/orgs/{}/projects", tenant.organization), other).await.expect(201);
    let role = json!({"role": "project_viewer"});
    let account = tenant.fill("/api/v1/projects/{project_id}/service-accounts/{service_account_id}");
    tenant.admin.patch(&account, role).await.expect(200);
    let path = format!("/api/v1/projects/{}/events?after=0", tenant.project);
    let mut stream = Stream::open(&tenant.admin, &path, None).await;
    let mut events = Vec::new();
    while events.last().is_none_or(|event: &String| event != "service_account.role_changed") {
        let seen = stream.next().await.unwrap();
        assert_eq!(seen.data["project"], json!(tenant.project), "{seen:?}");
        events.push(seen.event);
    }
    assert_eq!(events[..2], ["project.created", "membership.granted"]);
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    let running = Running::with(|config| config.limits.recheck = Duration::from_millis(50)).await;
    let tenant = Tenant::create(&running, "acme").await;
    let issued = tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "watch"})).await.expect(201);
    let watcher = running.client(issued["bearer"].as_str().unwrap());
    let path = format!("/api/v1/orgs/{}/events", tenant.organization);
    let mut stream = Stream::open(&watcher, &path, None).await;
    let token = issued["token"]["id"].as_str().unwrap();
    tenant.admin.delete(&format!("/api/v1/users/me/tokens/{token}")).await.expect(200);
    let end = stream.next().await.unwrap();
    assert_eq!((end.event.as_str(), &end.data["code"]), ("end", &json!("token_revoked")));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn a_stream_does_not_keep_a_server_from_ending() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/events", tenant.organization);
    let mut stream = Stream::open(&tenant.admin, &path, None).await;
    tokio::time::timeout(Duration::from_secs(5), running.stop()).await.expect("it ends");
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn an_unknown_filter_or_place_is_refused() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    let path = format!("/api/v1/orgs/{}/events", tenant.organization);
    tenant.admin.get(&format!("{path}?kind=unicorn")).await.refused(400, "invalid_parameter");
    tenant.admin.get(&format!("{path}?event=project.exploded")).await.refused(400, "invalid_parameter");
    let request = tenant.admin.request(Method::GET, &path).header("Last-Event-ID", "yesterday");
    tenant.admin.send(request).await.refused(400, "invalid_header");
}

#[tokio::test]
async fn a_stream_begins_after_a_position_of_the_whole_log() {
    let running = Running::start().await;
    let tenant = Tenant::create(&running, "acme").await;
    Tenant::create(&running, "evil").await;
    let head = *running.log().head().borrow();
    let renamed = json!({"display_name": "Later"});
    tenant.admin.patch(&format!("/api/v1/orgs/{}", tenant.organization), renamed).await.expect(200);
    let path = format!("/api/v1/orgs/{}/events", tenant.organization);
    let first = async |position: u64| {
        let mut stream = Stream::open(&tenant.admin, &format!("{path}?after_position={position}"), None).await;
        stream.next().await.unwrap()
    };
    assert_eq!(first(head).await.event, "organization.updated");
    let begin = first(0).await;
    assert_eq!(begin.id, Some(1));
    // Each position of the organization's own, and those of others between them.
    let mut stream = Stream::open(&tenant.admin, &format!("{path}?after=0"), None).await;
    for _ in 0..6 {
        let seen = stream.next().await.unwrap();
        let position = seen.data["position"].as_u64().unwrap();
        assert_eq!(first(position - 1).await.id, seen.id);
        assert_eq!(first(position).await.id, seen.id.map(|id| id + 1));
    }
    let beyond = *running.log().head().borrow() + 1;
    tenant.admin.get(&format!("{path}?after_position={beyond}")).await.refused(400, "invalid_parameter");
    tenant.admin.get(&format!("{path}?after_position=1&after=1")).await.refused(400, "invalid_parameter");
    // Who resumes by the last event knows better than by where it began.
    let mut resumed = Stream::open(&tenant.admin, &format!("{path}?after_position=0"), Some(2)).await;
    assert_eq!(resumed.next().await.unwrap().id, Some(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_never_reads_holds_nobody_up_and_is_hung_up_on() {
    let running = Running::with(|config| {
        config.limits.stall = Duration::from_millis(500);
        config.limits.recheck = Duration::from_millis(50);
        config.webhooks.look_every = Duration::from_millis(20);
    });
    let running = running.await;
    let tenant = Tenant::create(&running, "acme").await;
    let subscribers = async |expected: usize| {
        for _ in 0..600 {
            if running.app().feed.subscribers() == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{} subscribers, not {expected}", running.app().feed.subscribers());
    };
    // Its changes are large events: a filter stands in each.
    let url = format!("https://192.88.98.1/{}", "a".repeat(1_500));
    let (kinds, events) = (vec!["service_account"; 64], vec!["service_account.role_changed"; 64]);
    let webhook = json!({"url": url, "kinds": kinds, "events": events});
    let webhooks = format!("/api/v1/orgs/{}/webhooks", tenant.organization);
    let webhook = tenant.admin.post(&webhooks, webhook).await.expect(201);
    let webhook = format!("{webhooks}/{}", webhook["webhook"]["id"].as_str().unwrap());
    tenant.admin.until(&webhook, |webhook| webhook["delivery"] != Value::Null).await;
    subscribers(1).await;
    tenant.admin.act(&format!("{webhook}/disable")).await.expect(200);
    subscribers(0).await;

    let path = format!("/api/v1/orgs/{}/events?after=0", tenant.organization);
    let issued = tenant.admin.post("/api/v1/users/me/tokens", json!({"name": "silent"})).await.expect(201);
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut silent = socket.connect(running.address()).await.unwrap();
    let bearer = issued["bearer"].as_str().unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {bearer}\r\n\r\n", running.address());
    silent.write_all(head.as_bytes()).await.unwrap();
    subscribers(1).await;
    let mut stream = Stream::open(&tenant.admin, &path, None).await;
    subscribers(2).await;
    let reader = tokio::spawn(async move {
        let mut last = 0;
        loop {
            let seen = stream.next().await.expect("who reads is not hung up on");
            assert_eq!(seen.id, Some(last + 1), "nothing is left out");
            last += 1;
            if seen.data["payload"]["description"] == "the last" {
                return last;
            }
        }
    });
    let mut changes = 0;
    while running.app().feed.subscribers() == 2 {
        changes += 1;
        assert!(changes < 5_000, "it is never hung up on");
        tenant.admin.patch(&webhook, json!({"description": format!("change {changes}")})).await.expect(200);
    }
    assert_eq!(running.app().feed.subscribers(), 1, "what was made for it is gone");
    tenant.admin.patch(&webhook, json!({"description": "the last"})).await.expect(200);
    let seen = tokio::time::timeout(Duration::from_secs(20), reader).await.expect("who reads has it all").unwrap();
    assert!(seen > changes, "{seen} {changes}");
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(20), silent.read_to_end(&mut rest)).await;
    // It may find an end or a reset, after what was under way.
    drop(ended.expect("its connection is closed"));
}
