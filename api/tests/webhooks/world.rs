//! A server that sends to receivers on loopback without long waits.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_api::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::receiver::Receiver;
use crate::harness::{Running, Tenant};

/// Where a tenant's webhooks are.
pub(super) fn webhooks(tenant: &Tenant) -> String {
    format!("/api/v1/orgs/{}/webhooks", tenant.organization)
}

/// Lists these receivers, tries again after these waits, and looks often.
pub(super) fn sending(hosts: &[String], waits: &[u64]) -> impl FnOnce(&mut Config) + use<> {
    let (hosts, waits) = (hosts.to_vec(), waits.to_vec());
    move |config| {
        config.limits.recheck = Duration::from_millis(50);
        config.webhooks.destinations.listed = hosts.iter().map(|host| host.parse().unwrap()).collect();
        config.webhooks.destinations.patience = Duration::from_millis(500);
        config.webhooks.waits = waits.into_iter().map(Duration::from_millis).collect();
        config.webhooks.look_every = Duration::from_millis(20);
    }
}

/// A server that sends to a receiver, and a tenant of it.
pub(super) async fn world(receiver: &Receiver, waits: &[u64]) -> (Running, Tenant) {
    let running = Running::with(sending(&[receiver.host()], waits)).await;
    let tenant = Tenant::create(&running, "acme").await;
    (running, tenant)
}

/// The same again on another start's directory.
pub(super) async fn again(directory: Arc<TempDir>, hosts: &[String]) -> Running {
    Running::in_directory(directory, sending(hosts, &[20, 20])).await
}

/// A webhook that gets everything: its path and its secret.
pub(super) async fn create(tenant: &Tenant, url: &str) -> (String, String) {
    create_with(tenant, json!({"url": url})).await
}

/// A webhook as asked for: its path and its secret.
pub(super) async fn create_with(tenant: &Tenant, body: Value) -> (String, String) {
    let created = tenant.admin.post(&webhooks(tenant), body).await.expect(201);
    let id = created["webhook"]["id"].as_str().unwrap();
    (format!("{}/{id}", webhooks(tenant)), created["secret"].as_str().unwrap_or_default().to_owned())
}

/// Something happens in the organization.
pub(super) async fn project(tenant: &Tenant, slug: &str) {
    let project = json!({"slug": slug, "display_name": slug});
    tenant.admin.post(&format!("/api/v1/orgs/{}/projects", tenant.organization), project).await.expect(201);
}
