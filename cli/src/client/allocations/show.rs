//! An allocation for people.

use gpuaas_sdk::{Allocation, Placement, Slot, Unplaced};

use crate::client::skus::gpus;
use crate::output::{Show, moment};

impl Show for Allocation {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "STATUS", "CPUS", "MEMORY", "GPUS", "NODE", "CREATED"];

    fn cells(&self) -> Vec<String> {
        let node = self.placement.as_ref().map_or_else(|| "-".to_owned(), |placement| placement.node_id.clone());
        vec![
            self.id.clone(),
            self.display_name.clone(),
            self.status.to_string(),
            self.shape.cpu_cores.to_string(),
            format!("{} GiB", self.shape.memory_gib),
            gpus(&self.shape),
            node,
            moment(&self.created_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut about = vec![("project", self.project_id.clone()), ("sku", self.sku_id.clone())];
        about.extend(self.placement.iter().flat_map(placement));
        about.extend(self.wait_until.as_deref().map(|at| ("waits until", moment(at))));
        about.extend(self.app_instance_ids.iter().map(|id| ("instance", id.clone())));
        about.extend(self.unplaced.iter().map(|it| ("not on", unplaced(it))));
        let more = self.unplaced_nodes.saturating_sub(self.unplaced.len() as u64);
        about.extend((more > 0).then(|| ("not on", format!("{more} more nodes"))));
        about.extend(self.failure.map(|failure| ("failure", failure.to_string())));
        about.extend(self.released_at.as_deref().map(|at| ("released", moment(at))));
        about.push(("updated", moment(&self.updated_at)));
        about
    }
}

fn placement(placement: &Placement) -> [(&'static str, String); 2] {
    let slots: Vec<String> = placement.slots.iter().map(|Slot { index, .. }| index.to_string()).collect();
    [("slots", slots.join(", ")), ("placed", moment(&placement.placed_at))]
}

fn unplaced(Unplaced { node_id, reason, remedy }: &Unplaced) -> String {
    format!("{node_id}: {reason}; {remedy}")
}
