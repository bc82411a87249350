//! What the engine says of its containers.

use std::collections::HashMap;

use bollard::query_parameters::EventsOptionsBuilder;
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use gpuaas_domain::id::InstanceId;

use super::{Docker, labels};

impl Docker {
    /// Workloads of this node to which something happened; ends when the engine is lost.
    pub(super) async fn happenings(&self) -> BoxStream<'static, InstanceId> {
        let Ok(client) = self.engine.client().await else { return stream::empty().boxed() };
        let own = |key: &str, values: &[&str]| (key.to_owned(), values.iter().map(ToString::to_string).collect());
        let node = format!("{}={}", labels::NODE, self.node);
        let filters: HashMap<String, Vec<String>> = HashMap::from([
            own("type", &["container"]),
            own("label", &[&node]),
            own("event", &["die", "destroy", "oom", "pause"]),
        ]);
        let events = client.events(Some(EventsOptionsBuilder::default().filters(&filters).build()));
        // An error is the end: the engine is gone, or speaks nonsense.
        let whole = events.take_while(|event| std::future::ready(event.is_ok()));
        let instance = |event: bollard::models::EventMessage| -> Option<InstanceId> {
            event.actor?.attributes?.get(labels::INSTANCE)?.parse().ok()
        };
        whole.filter_map(move |event| std::future::ready(event.ok().and_then(instance))).boxed()
    }
}
