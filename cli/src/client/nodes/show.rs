//! A node for people.

use gpuaas_sdk::{Node, NodeAgent, NodeGpu, NodeInventory, NodeRuntime, NodeSlot};

use crate::output::{Show, bytes, moment, processors};

impl Show for Node {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "STATUS", "CPUS", "MEMORY", "GPUS", "SLOTS"];

    fn cells(&self) -> Vec<String> {
        let of = |tell: fn(&NodeInventory) -> String| self.inventory.as_ref().map_or_else(|| "-".to_owned(), tell);
        vec![
            self.id.clone(),
            self.name.clone(),
            self.status.to_string(),
            of(|inventory| processors(inventory.cpu_millis)),
            of(|inventory| bytes(inventory.memory_bytes)),
            of(|inventory| gpus(&inventory.gpus)),
            of(|inventory| {
                let free = inventory.slots.iter().filter(|slot| slot.allocation_id.is_none()).count();
                format!("{free} of {} free", inventory.slots.len())
            }),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut about = Vec::new();
        about.extend(self.simulated.then(|| ("simulated", "yes".to_owned())));
        about.extend(self.ban_reason.map(|reason| ("banned for", reason.to_string())));
        about.extend(self.agent.as_ref().map(|agent| ("agent", agent_text(agent))));
        about.extend(self.last_heard_at.as_deref().map(|at| ("last heard", moment(at))));
        about.extend(self.runtime.as_ref().map(|runtime| ("engine", engine(runtime))));
        if let Some(inventory) = &self.inventory {
            about.push(("architecture", inventory.architecture.to_string()));
            about.extend(inventory.slots.iter().map(|it| ("slot", slot(it))));
        }
        about.extend(self.identity.as_ref().map(|identity| ("key", identity.public_key.clone())));
        about.extend([("created", moment(&self.created_at)), ("updated", moment(&self.updated_at))]);
        about
    }
}

fn agent_text(agent: &NodeAgent) -> String {
    format!("{} in boot {}", agent.version, agent.boot_id)
}

fn engine(runtime: &NodeRuntime) -> String {
    let engine = runtime.engine.as_deref().unwrap_or("none");
    let version = runtime.version.as_deref().unwrap_or_default();
    let problem = runtime.problem.as_deref().map(|problem| format!("; {problem}")).unwrap_or_default();
    format!("{engine} {version}").trim_end().to_owned() + &problem
}

/// How many of each model.
fn gpus(all: &[NodeGpu]) -> String {
    let mut models: Vec<(&str, usize)> = Vec::new();
    for gpu in all {
        match models.iter_mut().find(|(model, _)| *model == gpu.model) {
            Some((_, count)) => *count += 1,
            None => models.push((&gpu.model, 1)),
        }
    }
    let models: Vec<String> = models.iter().map(|(model, count)| format!("{count} × {model}")).collect();
    if models.is_empty() { "-".to_owned() } else { models.join(", ") }
}

fn slot(slot: &NodeSlot) -> String {
    let holder = slot.allocation_id.as_deref().unwrap_or("free");
    let (cpus, memory) = (processors(slot.cpu_millis), bytes(slot.memory_bytes));
    format!("{}: {cpus} CPUs, {memory}, {} GPUs; {holder}", slot.index, slot.gpus.len())
}
