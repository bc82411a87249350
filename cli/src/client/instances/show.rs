//! A workload for people.

use gpuaas_sdk::{AppInstance, Endpoint, ImageProgress, Waiting};

use crate::client::artifacts::show::image;
use crate::output::{Show, bytes, moment, processors};

impl Show for AppInstance {
    const COLUMNS: &'static [&'static str] = &["ID", "NAME", "STATUS", "WAITING FOR", "NODE", "CREATED"];

    fn cells(&self) -> Vec<String> {
        let waiting = self.waiting.map_or("-", waiting_text);
        vec![
            self.id.clone(),
            self.display_name.clone(),
            self.status.to_string(),
            waiting.to_owned(),
            self.node_id.clone(),
            moment(&self.created_at),
        ]
    }

    fn details(&self) -> Vec<(&'static str, String)> {
        let mut about = Vec::new();
        about.extend(self.failure.as_ref().map(|why| ("failure", format!("{}: {}", why.code, why.message))));
        about.extend(self.endpoints.iter().map(|it| ("endpoint", endpoint(it))));
        let resources = &self.resources;
        let (cpus, memory) = (processors(resources.cpu_millis), bytes(resources.memory_bytes));
        about.extend([
            ("resources", format!("{cpus} CPUs, {memory}, {} GPUs", resources.gpu_count)),
            ("image", image(&self.image)),
            ("project", self.project_id.clone()),
            ("allocation", self.allocation_id.clone()),
            ("app", self.app_id.clone()),
            ("version", self.app_version_id.clone()),
            ("artifact", self.artifact_id.clone()),
            ("updated", moment(&self.updated_at)),
        ]);
        about
    }
}

impl Show for ImageProgress {
    const COLUMNS: &'static [&'static str] = &["FETCHING", "LAYERS", "BYTES"];

    fn cells(&self) -> Vec<String> {
        vec![
            (if self.fetching { "yes" } else { "no" }).to_owned(),
            format!("{} of {}", self.layers_done, self.layers_total),
            format!("{} of {}", bytes(self.bytes_done), bytes(self.bytes_total)),
        ]
    }
}

fn endpoint(endpoint: &Endpoint) -> String {
    let Endpoint { name, kind, exposure, container_port, address, port } = endpoint;
    let place = match address.as_deref().zip(*port) {
        Some((address, port)) => format!("; {address}:{port} on the node"),
        None => String::new(),
    };
    format!("{name}: {kind}, port {container_port}, {exposure}{place}")
}

/// What a workload waits for, as the end of a sentence.
pub(super) fn waiting_text(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Platform => "the platform to look at it",
        Waiting::NodeOnline => "the node to come online",
        Waiting::NodeRuntime => "the node's container engine to answer",
        Waiting::Delivery => "the node's agent to take the task",
        Waiting::Readiness => "the image and its readiness",
        Waiting::Node => "the node to do it",
        Waiting::Unknown => "something unknown",
    }
}
