//! Fetching an image, with a login that is asked for when it is needed and kept nowhere.

use std::collections::HashMap;

use bollard::auth::DockerCredentials;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures::StreamExt;
use gpuaas_domain::node_protocol::output::Failure;
use gpuaas_domain::node_protocol::task::{Artifact, ImageReference};

use super::{Docker, failure};
use crate::executor::{Host, left_off};

impl Docker {
    pub(super) async fn pull(
        &self,
        reference: &ImageReference,
        artifact: &Artifact,
        host: &dyn Host,
    ) -> Result<(), Failure> {
        let login = match &artifact.pull_credential {
            Some(name) => Some(host.credential(name).await?),
            None => None,
        };
        let login = login.map(|login| DockerCredentials {
            username: login.username.as_ref().map(ToString::to_string),
            password: Some(login.secret.to_string()),
            serveraddress: Some(reference.registry().to_owned()),
            ..DockerCredentials::default()
        });
        let options = CreateImageOptionsBuilder::default().from_image(&reference.to_string()).build();
        let mut pulling = self.engine.client().await?.create_image(Some(options), None, login);
        let mut layers = Layers::default();
        loop {
            let said = tokio::select! {
                said = pulling.next() => said,
                () = host.cancelled() => return Err(left_off()),
            };
            let Some(said) = said else { return Ok(()) };
            layers.take(&said.map_err(|error| failure::pull(&error))?);
            let (count, bytes) = layers.sum();
            host.pulled(count, bytes);
        }
    }
}

#[derive(Debug, Default, Clone, Copy)]
struct Layer {
    done: bool,
    bytes: u64,
    of: u64,
}

/// How far each layer has come.
#[derive(Debug, Default)]
struct Layers(HashMap<String, Layer>);

impl Layers {
    fn take(&mut self, said: &CreateImageInfo) {
        let (Some(id), Some(status)) = (&said.id, said.status.as_deref()) else { return };
        let done = matches!(status, "Pull complete" | "Already exists");
        let loading = matches!(status, "Downloading" | "Pulling fs layer" | "Waiting" | "Download complete");
        if !done && !loading && !self.0.contains_key(id) {
            return;
        }
        let layer = self.0.entry(id.clone()).or_default();
        if let Some(detail) = said.progress_detail.as_ref().filter(|_| status == "Downloading") {
            let bytes = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
            layer.bytes = bytes(detail.current).unwrap_or(layer.bytes);
            layer.of = bytes(detail.total).unwrap_or(layer.of).max(layer.bytes);
        }
        if done || status == "Download complete" {
            layer.bytes = layer.of;
        }
        layer.done |= done;
    }

    /// Layers and bytes, each as what is there and what is known of.
    fn sum(&self) -> ((u32, u32), (u64, u64)) {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let done = self.0.values().filter(|layer| layer.done).count();
        let bytes = self.0.values().fold((0, 0), |(have, of), layer| (have + layer.bytes, of + layer.of));
        ((count(done), count(self.0.len())), bytes)
    }
}

#[cfg(test)]
mod tests {
    use bollard::models::ProgressDetail;

    use super::*;

    fn said(id: &str, status: &str, progress: Option<(i64, i64)>) -> CreateImageInfo {
        let detail = |(current, total)| ProgressDetail { current: Some(current), total: Some(total) };
        CreateImageInfo {
            id: Some(id.into()),
            status: Some(status.into()),
            progress_detail: progress.map(detail),
            ..CreateImageInfo::default()
        }
    }

    #[test]
    fn progress_is_the_sum_over_layers() {
        let mut layers = Layers::default();
        layers.take(&said("latest", "Pulling from app", None));
        layers.take(&said("a", "Already exists", None));
        layers.take(&said("b", "Pulling fs layer", None));
        layers.take(&said("b", "Downloading", Some((10, 100))));
        assert_eq!(layers.sum(), ((1, 2), (10, 100)));
        layers.take(&said("b", "Download complete", None));
        layers.take(&said("b", "Extracting", Some((1, 900))));
        layers.take(&said("b", "Pull complete", None));
        assert_eq!(layers.sum(), ((2, 2), (100, 100)));
    }
}
