//! Events as they happen, resumed after a break, for as long as the token counts.

use std::time::Duration;

use futures::StreamExt as _;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Client, Running, Tenant};

/// An open stream.
struct Stream {
    chunks: std::pin::Pin<Box<dyn futures::Stream<Item = reqwest::Result<bytes::Bytes>> + Send>>,
    text: String,
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
        Self { chunks: Box::pin(response.bytes_stream()), text: String::new() }
    }

    /// The next event; `None` when the stream has ended.
    async fn next(&mut self) -> Option<Seen> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let seen = read(block);
                self.text = rest.to_owned();
                match seen {
                    Some(seen) => return Some(seen),
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
