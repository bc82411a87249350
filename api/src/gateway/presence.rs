//! Which nodes are there. Each request of a node is a sign of life; the servers tell each
//! other of them in the read database, so that none takes a node for lost that another
//! one hears.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use gpuaas_commands::Context;
use gpuaas_commands::handlers::node::GoOffline;
use gpuaas_domain::Timestamp;
use gpuaas_domain::id::NodeId;
use gpuaas_domain::node::Node;
use gpuaas_projections::Heard;
use gpuaas_projections::queries::Filter;

use crate::app::Shared;
use crate::http::Problem;

/// How often it is looked at least.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// When each node was heard.
pub(crate) struct Presence {
    heard: Mutex<BTreeMap<NodeId, Timestamp>>,
    /// Whom the other servers have not been told of.
    untold: Mutex<BTreeMap<NodeId, Timestamp>>,
    told: Heard,
    /// Nobody was heard here before.
    since: Timestamp,
}

impl Presence {
    /// Nobody was heard yet.
    pub(crate) fn new(told: Heard, since: Timestamp) -> Self {
        Self { heard: Mutex::default(), untold: Mutex::default(), told, since }
    }

    /// Hears a node.
    pub(crate) fn heard(&self, node: NodeId, at: Timestamp) {
        for nodes in [&self.heard, &self.untold] {
            nodes.lock().unwrap_or_else(PoisonError::into_inner).insert(node, at);
        }
    }

    /// Tells the other servers, and says when each of these nodes was heard by any. Since
    /// the nodes may have had nobody to talk to, it was not before this server began.
    async fn last(&self, nodes: &[NodeId]) -> Result<BTreeMap<NodeId, Timestamp>, Problem> {
        // What cannot be told now is told with what is heard next: a heartbeat is soon followed by another.
        let untold = std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner));
        self.told.tell(&untold).await.map_err(Problem::unavailable)?;
        let anywhere = self.told.of(nodes).await.map_err(Problem::unavailable)?;
        let here = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let last = nodes.iter().map(|node| {
            let heard = here.get(node).max(anywhere.get(node)).copied().unwrap_or_default();
            (*node, heard.max(self.since))
        });
        Ok(last.collect())
    }
}

/// Takes nodes for lost that are silent for too long, for as long as it is polled.
pub(crate) async fn sweep(app: Shared) {
    let pause = (app.gateway.settings.offline_after / 4).min(LONGEST_PAUSE);
    loop {
        tokio::time::sleep(pause).await;
        if let Err(problem) = look(&app).await {
            tracing::warn!(%problem, "it cannot be told at present which nodes are there");
        }
    }
}

async fn look(app: &Shared) -> Result<(), Problem> {
    let filter = Filter { statuses: ["online".to_owned()].into(), ..Filter::default() };
    let online: Vec<NodeId> = app.reads.all::<Node>(&filter).await?.into_iter().map(|node| node.id).collect();
    let patience = u64::try_from(app.gateway.settings.offline_after.as_micros()).unwrap_or(u64::MAX);
    for (node, last_heard) in app.gateway.presence.last(&online).await? {
        if app.now().0.saturating_sub(last_heard.0) < patience {
            continue;
        }
        let context = Context::system(rand::random::<u128>().max(1).to_be_bytes());
        app.engine.execute(&context, &GoOffline { node, last_heard }).await?;
        tracing::warn!(%node, "a node went offline");
    }
    Ok(())
}
