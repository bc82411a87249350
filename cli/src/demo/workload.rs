//! Fourth act: a place, a launch, an answer through the tunnel, two refusals, stop, start.

use anyhow::{Result, ensure};
use gpuaas_domain::allocation::Allocation as AllocationAggregate;
use gpuaas_domain::app_instance::AppInstance as InstanceAggregate;
use gpuaas_sdk::{
    Allocation, AllocationStatus, AppInstance, Client, Error, ErrorBody, Image, InstancePhase, NewAllocation,
    NewAppInstance, PlacementIntent, ResourceOverrides,
};

use super::hello::GREETING;
use super::offer::{APP, ENDPOINT, VERSION, new_artifact};
use super::stage::{Stage, Tenant, once, until_allocation, until_instance};
use crate::client::tunnel;

/// More GPUs than the demo's allocation has.
const TOO_MANY_GPUS: u64 = 8;

/// Plays it; gives what is there at its end: a running workload on its allocation.
pub(super) async fn play(stage: &mut Stage, tenant: &Tenant, sku: &str) -> Result<(Allocation, AppInstance)> {
    let allocation = allocate(stage, tenant, sku).await?;
    let instance = launch(stage, tenant, &allocation).await?;
    answer(stage, tenant, &instance).await?;
    refusals(stage, tenant, &allocation).await?;
    let instance = stop_and_start(stage, tenant, &instance).await?;
    answer(stage, tenant, &instance).await?;
    Ok((allocation, instance))
}

async fn allocate(stage: &mut Stage, tenant: &Tenant, sku: &str) -> Result<Allocation> {
    let new = NewAllocation { sku_id: sku.to_owned(), display_name: "Demo".to_owned(), wait_seconds: None };
    let made = tenant.robot.create_allocation(&tenant.project, &new, &once()).await?.value;
    let (allocation, version) = until_allocation(&tenant.robot, &made, AllocationStatus::Active).await?;
    let slots = allocation.placement.as_ref().map_or(0, |placement| placement.slots.len());
    let text = format!("{slots} slot of this machine, by ci");
    stage.story.tell::<AllocationAggregate>("allocation", &text, &allocation.id, version).await?;
    Ok(allocation)
}

fn new_instance(allocation: &Allocation) -> NewAppInstance {
    NewAppInstance {
        app_slug: APP.to_owned(),
        app_version: VERSION.to_owned(),
        artifact_id: None,
        config: None,
        display_name: "Hello".to_owned(),
        placement_intent: PlacementIntent { target_allocation_id: allocation.id.clone() },
        resource_overrides: None,
    }
}

async fn launch(stage: &mut Stage, tenant: &Tenant, allocation: &Allocation) -> Result<AppInstance> {
    let made = tenant.robot.launch_app_instance(&tenant.project, &new_instance(allocation), &once()).await?;
    let text = format!("{APP}, by ci");
    stage.story.tell::<InstanceAggregate>("launch", &text, &made.value.id, made.version).await?;
    let (instance, version) = until_instance(&tenant.robot, &made.value, InstancePhase::Running).await?;
    let port = instance.endpoints.first().and_then(|endpoint| endpoint.port);
    let text = format!("its container answers; the agent gave it port {}", port.unwrap_or_default());
    stage.story.tell::<InstanceAggregate>("running", &text, &instance.id, version).await?;
    Ok(instance)
}

async fn answer(stage: &mut Stage, tenant: &Tenant, instance: &AppInstance) -> Result<()> {
    let answer = get(&tenant.robot, instance).await?;
    ensure!(answer == GREETING, "the container answered {answer:?}");
    stage.story.show("tunnel", &format!("GET / through the agent's connection: {}", answer.trim()))
}

async fn get(client: &Client, instance: &AppInstance) -> Result<String> {
    Ok(tunnel::get(client, &instance.project_id, &instance.id, ENDPOINT, "/").await?)
}

async fn refusals(stage: &mut Stage, tenant: &Tenant, allocation: &Allocation) -> Result<()> {
    let tagged = Image { registry: Some("registry.example.org/hello:latest".to_owned()), local_image: None };
    let refused = stage.operator.upload_artifact(APP, &new_artifact(tagged)?, &once()).await;
    refusal(stage, "image_tag_refused", refused.map(drop))?;
    let gpus = ResourceOverrides { gpu_count: Some(TOO_MANY_GPUS), cpu_cores: None, memory_gib: None };
    let new = NewAppInstance { resource_overrides: Some(gpus), ..new_instance(allocation) };
    let refused = tenant.robot.launch_app_instance(&tenant.project, &new, &once()).await;
    refusal(stage, "not_enough_gpus", refused.map(drop))
}

/// Tells what a refusal says, if it is the one that has to come.
fn refusal(stage: &mut Stage, code: &str, refused: Result<(), Error>) -> Result<()> {
    match refused {
        Err(Error::Refused { problem: ErrorBody { code: found, message, .. }, .. }) if found == code => {
            stage.story.show("refused", &format!("{found}: {message}"))
        }
        Err(other) => Err(other.into()),
        Ok(()) => anyhow::bail!("{code} was to be refused, and was not"),
    }
}

async fn stop_and_start(stage: &mut Stage, tenant: &Tenant, instance: &AppInstance) -> Result<AppInstance> {
    let robot = &tenant.robot;
    let asked = robot.stop_app_instance(&tenant.project, &instance.id, &once()).await?.value;
    let (_, version) = until_instance(robot, &asked, InstancePhase::Stopped).await?;
    stage.story.tell::<InstanceAggregate>("stopped", "by ci", &instance.id, version).await?;
    let asked = robot.start_app_instance(&tenant.project, &instance.id, &once()).await?.value;
    let (running, version) = until_instance(robot, &asked, InstancePhase::Running).await?;
    stage.story.tell::<InstanceAggregate>("started", "by ci", &instance.id, version).await?;
    Ok(running)
}
