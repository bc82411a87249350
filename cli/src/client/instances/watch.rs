//! Following a workload until it has settled.

use std::time::Duration;

use gpuaas_sdk::{AppInstance, ImageProgress, InstancePhase};
use indicatif::ProgressBar;

use crate::client::Session;
use crate::output::{self, Failure, bytes};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Follows a workload until it has settled, says on standard error what it is at, and prints
/// it. It is a failure if it settles as anything but what is wanted.
pub(super) async fn until(session: &Session, launched: AppInstance, wanted: InstancePhase) -> Result<(), Failure> {
    let instance = settled(session, launched).await?;
    output::one(session.format, &instance)?;
    if instance.status == wanted {
        return Ok(());
    }
    let why = instance.failure.map(|failure| format!(": {}: {}", failure.code, failure.message)).unwrap_or_default();
    Err(Failure::Other(format!("the app instance is {}, not {wanted}{why}", instance.status)))
}

async fn settled(session: &Session, mut instance: AppInstance) -> Result<AppInstance, Failure> {
    // It is not drawn where nobody looks.
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(PAUSE);
    let mut said = String::new();
    while !has_settled(&instance) {
        let now = doing(&instance);
        if now != said {
            spinner.suspend(|| eprintln!("{now}"));
            said = now;
        }
        if instance.status == InstancePhase::Deploying {
            let fetched = session.client.get_app_instance_image_progress(&instance.project_id, &instance.id).await?;
            spinner.set_message(fetching(&fetched.value));
        }
        tokio::time::sleep(PAUSE).await;
        instance = session.client.get_app_instance(&instance.project_id, &instance.id).await?.value;
    }
    spinner.finish_and_clear();
    Ok(instance)
}

/// Whether a workload stays as it is until something else happens.
fn has_settled(instance: &AppInstance) -> bool {
    match instance.status {
        InstancePhase::Running | InstancePhase::Stopped | InstancePhase::Failed | InstancePhase::Decommissioned => true,
        // It could not be removed, and whoever asked for it has to ask again.
        InstancePhase::Decommissioning => instance.failure.is_some(),
        InstancePhase::Requested
        | InstancePhase::Validating
        | InstancePhase::Queued
        | InstancePhase::Deploying
        | InstancePhase::Stopping
        | InstancePhase::Starting
        | InstancePhase::Unknown => false,
    }
}

/// Where it is, and what it waits for.
fn doing(instance: &AppInstance) -> String {
    match instance.waiting {
        Some(waiting) => format!("{}, waiting for {}", instance.status, super::show::waiting_text(waiting)),
        None => instance.status.to_string(),
    }
}

/// How far the image has come; nothing while none is fetched.
fn fetching(progress: &ImageProgress) -> String {
    if !progress.fetching {
        return String::new();
    }
    let ImageProgress { layers_done, layers_total, bytes_done, bytes_total, .. } = progress;
    format!("image: {layers_done} of {layers_total} layers, {} of {}", bytes(*bytes_done), bytes(*bytes_total))
}
