//! What the demo's acts share: the platform, whoever acts, and what was made so far.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use gpuaas_sdk::{Allocation, AppInstance, Client, InstancePhase, Mutation, WorkloadFailure};

use super::story::Story;
use crate::serve::platform::Platform;

/// Longest wait for anything that is under way.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(50);

/// The stage.
pub(super) struct Stage {
    /// The platform, in this process.
    pub(super) platform: Platform,
    /// What is told.
    pub(super) story: Story,
    /// The operator.
    pub(super) operator: Client,
    /// Where the demo puts what it keeps: the story, the export, the invoice.
    pub(super) kept: PathBuf,
    /// The NATS that the log is mirrored to.
    pub(super) nats: Option<String>,
}

/// Who pays, and who acts for them.
pub(super) struct Tenant {
    /// The organization's id.
    pub(super) organization: String,
    /// The project's id.
    pub(super) project: String,
    /// The organization's admin.
    pub(super) admin: Client,
    /// The project's service account.
    pub(super) robot: Client,
}

impl Stage {
    /// A client of the platform with this token.
    pub(super) fn client(&self, token: &str) -> Result<Client> {
        let client = Client::new(&self.platform.address(), Some(token))?;
        // Everybody on the stage sees what the others did.
        if let Some(position) = self.operator.position() {
            client.stand_at(&position);
        }
        Ok(client)
    }

    /// A file that the demo keeps.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.kept.join(name)
    }
}

/// No key, no condition: the demo makes each change once.
pub(super) fn once() -> Mutation {
    Mutation::default()
}

/// What was asked about, and its version.
pub(super) type Seen<T> = (T, Option<u64>);

/// Looks again and again until something is so.
pub(super) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if began.elapsed() > PATIENCE {
            bail!("waited {} s in vain for {what}", PATIENCE.as_secs());
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until a workload is in this phase.
pub(super) async fn until_instance(
    client: &Client,
    instance: &AppInstance,
    phase: InstancePhase,
) -> Result<Seen<AppInstance>> {
    until(&format!("{} to be {phase:?}", instance.id), async || {
        let seen = client.get_app_instance(&instance.project_id, &instance.id).await?;
        let unwanted = seen.value.status == InstancePhase::Failed && phase != InstancePhase::Failed;
        if unwanted {
            let why = seen.value.failure.map(|WorkloadFailure { code, message }| format!("{code}: {message}"));
            bail!("{} failed: {}", instance.id, why.unwrap_or_default());
        }
        Ok((seen.value.status == phase).then_some((seen.value, seen.version)))
    })
    .await
}

/// Waits until an allocation is as wanted.
pub(super) async fn until_allocation(
    client: &Client,
    allocation: &Allocation,
    wanted: gpuaas_sdk::AllocationStatus,
) -> Result<Seen<Allocation>> {
    until(&format!("{} to be {wanted:?}", allocation.id), async || {
        let seen = client.get_allocation(&allocation.project_id, &allocation.id).await?;
        Ok((seen.value.status == wanted).then_some((seen.value, seen.version)))
    })
    .await
}

/// Writes a file of the demo.
pub(super) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
