//! `gpuaas instances launch`.

use std::str::FromStr;

use clap::Args;
use gpuaas_sdk::{AppInstance, InstancePhase, NewAppInstance, PlacementIntent, ResourceOverrides};
use serde_json::Value;

use super::watch;
use crate::client::change::Change;
use crate::client::{Session, price, resolve};
use crate::output::{self, Failure};

/// A launch.
#[derive(Debug, Args)]
pub(crate) struct Launch {
    /// ORGANIZATION/PROJECT, or the project's id.
    project: String,
    /// The app's slug.
    app: String,
    /// The version's name.
    version: String,
    /// The allocation's name or id.
    #[arg(long, value_name = "ALLOCATION")]
    on: String,
    /// Its name for people; by default the app's slug.
    #[arg(long)]
    name: Option<String>,
    /// Which of the app's artifacts, by id or name; by default the one that fits.
    #[arg(long)]
    artifact: Option<String>,
    /// A parameter that the manifest declares, NAME=VALUE; may be given several times. What is
    /// JSON is taken as such, everything else as a text.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    config: Vec<Parameter>,
    #[command(flatten)]
    resources: Resources,
    /// Wait until it runs.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    change: Change,
}

/// What the workload may use; by default what the manifest says.
#[derive(Debug, Args)]
pub(crate) struct Resources {
    /// GPUs.
    #[arg(long, value_name = "NUMBER")]
    gpus: Option<u64>,
    /// Processors.
    #[arg(long, value_name = "NUMBER")]
    cpus: Option<u64>,
    /// Memory, in GiB.
    #[arg(long, value_name = "NUMBER")]
    memory_gib: Option<u64>,
}

/// A parameter with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Parameter(String, Value);

impl FromStr for Parameter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
        Ok(Self(name.to_owned(), value))
    }
}

impl Launch {
    /// Says what it costs, launches, and prints what is launched; with `--wait`, what came of it.
    pub(super) async fn ask(self, session: &Session) -> Result<(), Failure> {
        let (wait, trial) = (self.wait, self.change.is_trial());
        let launched = self.launched(session).await?;
        if wait && !trial {
            return watch::until(session, launched, InstancePhase::Running).await;
        }
        output::one(session.format, &launched)
    }

    async fn launched(self, Session { client, .. }: &Session) -> Result<AppInstance, Failure> {
        let project = resolve::project(client, &self.project).await?;
        let target_allocation_id = resolve::allocation(client, &project, &self.on).await?;
        let sku = client.get_allocation(&project, &target_allocation_id).await?.value.sku_id;
        price::tell(client, &project, &sku).await?;
        let artifact_id = match self.artifact {
            Some(artifact) => Some(resolve::artifact(client, &self.app, &artifact).await?),
            None => None,
        };
        let Resources { gpus: gpu_count, cpus: cpu_cores, memory_gib } = self.resources;
        let body = NewAppInstance {
            display_name: self.name.unwrap_or_else(|| self.app.clone()),
            app_slug: self.app,
            app_version: self.version,
            artifact_id,
            config: Some(self.config.into_iter().map(|Parameter(name, value)| (name, value)).collect()),
            placement_intent: PlacementIntent { target_allocation_id },
            resource_overrides: Some(ResourceOverrides { cpu_cores, gpu_count, memory_gib }),
        };
        Ok(client.launch_app_instance(&project, &body, &self.change.mutation()).await?.value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Parameter;

    fn check(text: &str, name: &str, value: Value) {
        assert_eq!(text.parse(), Ok(Parameter(name.to_owned(), value)));
    }

    #[test]
    fn a_parameter_is_json_or_a_text() {
        check("gpu_count=1", "gpu_count", json!(1));
        check("workspace_mount=scratch", "workspace_mount", json!("scratch"));
        check("a=b=c", "a", json!("b=c"));
        check("on=true", "on", json!(true));
        check("digits=\"12\"", "digits", json!("12"));
        check("empty=", "empty", json!(""));
        assert!("nothing".parse::<Parameter>().is_err());
    }
}
