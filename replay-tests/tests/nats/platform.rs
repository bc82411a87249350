//! A server whose log is mirrored, and what its mirror is compared with.

use std::net::SocketAddr;
use std::time::Duration;

use gpuaas_api::server::MirrorSettings;
use gpuaas_api::{Config, Server};
use gpuaas_domain::id::{OrganizationId, TypedId as _};
use gpuaas_log::Log;
use gpuaas_relay::jetstream::{Mirror, Settings};
use gpuaas_sdk::{Client, Mutation, NewOrganization, OrganizationChange};
use serde_json::Value;
use tempfile::TempDir;

use super::server::Nats;

/// How long anything may take that is to happen.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often the ends of streams are looked at.
const CHECK_EVERY: Duration = Duration::from_millis(200);
const PAGE: usize = 1_000;

pub(super) struct Platform {
    server: Server,
    folder: TempDir,
    pub(super) settings: Settings,
    pub(super) operator: Client,
    /// The organization that things happen in.
    pub(super) organization: String,
    renamed: u32,
}

impl Platform {
    /// One whose mirror is audited when it is connected, and hardly again.
    pub(super) async fn start(nats: &Nats) -> Self {
        Self::audited_every(nats, Duration::from_secs(3_600)).await
    }

    pub(super) async fn audited_every(nats: &Nats, audit_every: Duration) -> Self {
        let platform = Self::serve(nats, CHECK_EVERY, audit_every).await;
        platform.mirrored().await;
        platform
    }

    /// One that looks at its mirror when something happens, and hardly else.
    pub(super) async fn trusting(nats: &Nats) -> Self {
        let platform = Self::serve(nats, Duration::from_secs(3_600), Duration::from_secs(3_600)).await;
        platform.mirrored().await;
        platform
    }

    /// One that does not wait for its mirror.
    pub(super) async fn unmirrored(nats: &Nats) -> Self {
        Self::serve(nats, CHECK_EVERY, Duration::from_secs(3_600)).await
    }

    async fn serve(nats: &Nats, check_every: Duration, audit_every: Duration) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let settings = MirrorSettings { check_every, audit_every, ..MirrorSettings::new(nats.url()) };
        let folder = TempDir::new().unwrap();
        let mut config = Config::embedded(folder.path(), SocketAddr::from(([127, 0, 0, 1], 0)));
        config.limits.rate = None;
        config.mirror = Some(settings.clone());
        // Heads that a checkpoint asks for would be entries of their own.
        config.checkpoint_every = Duration::from_secs(3_600);
        let server = gpuaas_api::serve(config).await.unwrap();
        let token = std::fs::read_to_string(folder.path().join("admin.token")).unwrap();
        let operator = Client::new(&format!("http://{}", server.address()), Some(token.trim())).unwrap();
        let mut platform = Self { server, folder, settings, operator, organization: String::new(), renamed: 0 };
        platform.organization = platform.found("acme").await;
        platform
    }

    /// Creates an organization.
    pub(super) async fn found(&self, slug: &str) -> String {
        let new = NewOrganization { display_name: slug.to_owned(), slug: slug.to_owned() };
        self.operator.create_organization(&new, &Mutation::default()).await.unwrap().value.id
    }

    /// Lets so many events happen.
    pub(super) async fn happen(&mut self, events: u32) {
        for _ in 0..events {
            self.renamed += 1;
            let change = OrganizationChange { display_name: Some(format!("Acme {}", self.renamed)), slug: None };
            self.operator.update_organization(&self.organization, &change, &Mutation::default()).await.unwrap();
        }
    }

    pub(super) fn log(&self) -> &Log {
        self.server.log()
    }

    pub(super) fn address(&self) -> String {
        self.operator.base().to_owned()
    }

    pub(super) fn token(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("admin.token")).unwrap().trim().to_owned()
    }

    /// What the server says of its mirror. It is ready whatever the mirror is.
    pub(super) async fn mirror(&self) -> Value {
        let response = reqwest::get(format!("{}/readyz", self.address())).await.unwrap();
        assert!(response.status().is_success(), "a mirror keeps no server from being ready");
        response.json::<Value>().await.unwrap()["mirror"].clone()
    }

    /// What the server counts of its mirror.
    pub(super) async fn metric(&self, name: &str) -> Option<f64> {
        let text = reqwest::get(format!("{}/metrics", self.address())).await.unwrap().text().await.unwrap();
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    /// Waits until something holds of the mirror.
    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                let mirror = self.mirror().await;
                if holds(&mirror) {
                    return mirror;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(mirror) => mirror,
            Err(_) => panic!("waited in vain until {what}: {}", self.mirror().await),
        }
    }

    /// Waits until all of the log is in the mirror.
    pub(super) async fn mirrored(&self) -> Value {
        let head = *self.log().head().borrow();
        let has = |mirror: &Value, what: &str| mirror[what].as_u64().is_some_and(|position| position >= head);
        let is_there =
            |mirror: &Value| mirror["connected"] == true && has(mirror, "position") && has(mirror, "events_position");
        self.until("all is mirrored", is_there).await
    }

    /// Waits until so many audits have ended, and all is in the mirror.
    pub(super) async fn audited(&self, audits: u64) -> Value {
        self.until("it is audited", |mirror| mirror["audits"].as_u64().unwrap() >= audits).await;
        self.mirrored().await
    }

    /// Fails unless the mirror has the log's entries byte for byte.
    pub(super) async fn same_as_log(&self) {
        let mirror = Mirror::open(&self.settings).await.unwrap();
        let mut position = 0;
        loop {
            let entries = self.log().read(position, PAGE).await.unwrap();
            let Some(last) = entries.last() else { break };
            while position < last.position {
                let mirrored = mirror.read(position, PAGE).await.unwrap();
                assert!(!mirrored.is_empty(), "the mirror ends after {position}");
                for bytes in mirrored {
                    position += 1;
                    let entry = self.log().entry(position).await.unwrap().unwrap();
                    assert_eq!(*entry.bytes, *bytes, "entry {position}");
                }
            }
        }
        assert!(mirror.read(position, PAGE).await.unwrap().is_empty(), "the mirror goes on after {position}");
    }

    /// The organization's events in the log: owner sequence, position and hash.
    pub(super) async fn events(&self) -> Vec<(u64, u64, String)> {
        let owner = self.organization.parse::<OrganizationId>().unwrap().uuid();
        let mut events: Vec<(u64, u64, String)> = Vec::new();
        loop {
            let after = events.last().map_or(0, |(sequence, ..)| *sequence);
            let page = self.log().read_owner(owner, after, PAGE).await.unwrap();
            if page.is_empty() {
                return events;
            }
            for stored in page {
                let sequence = stored.entry().unwrap().owner_sequence;
                events.push((sequence, stored.position, stored.hash().to_string()));
            }
        }
    }

    pub(super) async fn stop(self) {
        self.server.shutdown().await;
    }
}
