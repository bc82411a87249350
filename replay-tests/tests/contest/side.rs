//! One of the two sides: clients of one server, who ask for allocations as fast as they are
//! answered, and give each back a moment after it has its slot. On some of them they launch
//! first, and give them back when that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::catalog::Catalog;
use super::client::{Client, id};

/// Requests for allocations that are under way at once.
const ASKING: usize = 16;
/// Among so many is one on which something is launched.
pub(super) const LAUNCH_EVERY: usize = 10;
/// How long one is kept on which nothing is.
const MOMENT: Duration = Duration::from_millis(20);

/// One side.
pub(super) struct Side {
    client: Client,
    catalog: Arc<Catalog>,
    /// The allocations that it was answered for.
    own: Mutex<BTreeSet<String>>,
}

impl Side {
    pub(super) fn new(client: Client, catalog: Arc<Catalog>) -> Self {
        Self { client, catalog, own: Mutex::default() }
    }

    /// How many it was answered for.
    pub(super) fn asked(&self) -> usize {
        self.own.lock().unwrap().len()
    }

    /// Asks for allocations until both sides together have asked for so many.
    pub(super) async fn ask(&self, taken: &AtomicUsize, wanted: usize) {
        join_all((0..ASKING).map(|_| async {
            while taken.fetch_add(1, Ordering::Relaxed) < wanted {
                let request = json!({"sku_id": self.catalog.sku, "display_name": "Contest"});
                let path = format!("/projects/{}/allocations", self.catalog.project);
                let allocation = self.client.post(&path, request).await;
                self.own.lock().unwrap().insert(id(&allocation));
            }
        }))
        .await;
    }

    /// Lets each allocation of its own be used and end, by what it hears of the project, from its
    /// first event on.
    pub(super) async fn use_up(&self) {
        let mut left = self.own.lock().unwrap().clone();
        let (mut on, mut ended, mut requests) = (BTreeMap::new(), BTreeSet::new(), JoinSet::new());
        let mut placed = 0;
        let mut events = self.client.follow(&format!("/projects/{}/events?after=0", self.catalog.project)).await;
        while !left.is_empty() {
            let Value::Object(event) = events.next().await else { panic!("an event is an object") };
            let text = |field: &str| event[field].as_str().unwrap().to_owned();
            let (name, resource) = (text("event"), text("resource"));
            match &*name {
                "allocation.placed" if left.contains(&resource) => {
                    placed += 1;
                    let (client, catalog) = (self.client.clone(), Arc::clone(&self.catalog));
                    if placed % LAUNCH_EVERY == 0 {
                        requests.spawn(launch(client, catalog, resource));
                    } else {
                        requests.spawn(release(client, catalog, resource));
                    }
                }
                "allocation.instance_attached" if left.contains(&resource) => {
                    on.insert(event["payload"]["instance"].as_str().unwrap().to_owned(), resource);
                }
                "app_instance.running" => {
                    if let Some(allocation) = on.get(&resource).filter(|own| ended.insert((*own).clone())) {
                        requests.spawn(release(self.client.clone(), Arc::clone(&self.catalog), allocation.clone()));
                    }
                }
                "allocation.released" => drop(left.remove(&resource)),
                _ => {}
            }
        }
        requests.join_all().await;
    }
}

async fn launch(client: Client, catalog: Arc<Catalog>, allocation: String) {
    let launch = json!({
        "app_slug": "jupyterlab", "app_version": "1", "display_name": "Contest",
        "placement_intent": {"target_allocation_id": allocation},
        "artifact_id": catalog.artifact,
        "config": {"workspace_mount": "scratch", "exposure_mode": "private"},
        "resource_overrides": {"gpu_count": 0, "cpu_cores": 1, "memory_gib": 2}
    });
    client.post(&format!("/projects/{}/app-instances", catalog.project), launch).await;
}

async fn release(client: Client, catalog: Arc<Catalog>, allocation: String) {
    tokio::time::sleep(MOMENT).await;
    client.delete(&format!("/projects/{}/allocations/{allocation}", catalog.project)).await;
}
