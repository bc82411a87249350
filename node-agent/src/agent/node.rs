//! What the node has and can do, reported when it is not what was reported last.

use std::sync::Arc;
use std::time::Duration;

use gpuaas_domain::node_protocol::report::ReportItem;

use super::Agent;

/// How often the container engine is asked what it can do.
const EVERY: Duration = Duration::from_secs(60);

impl Agent {
    /// Reports what changed.
    pub(super) async fn describe_forever(self: Arc<Self>) {
        loop {
            let runtime = self.executor.status().await;
            let (same_inventory, same_runtime) = self.journal.read(|state| {
                (state.inventory.as_ref() == Some(&self.inventory), state.runtime.as_ref() == Some(&runtime))
            });
            let inventory = (!same_inventory).then(|| ReportItem::Inventory(self.inventory.clone()));
            let runtime = (!same_runtime).then_some(ReportItem::Runtime(runtime));
            let items: Vec<ReportItem> = inventory.into_iter().chain(runtime).collect();
            self.kept(self.reporter.report(items));
            tokio::time::sleep(EVERY).await;
        }
    }
}
