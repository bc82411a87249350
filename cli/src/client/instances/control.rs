//! What is asked of a workload that was launched. It takes its time: `--wait` follows it.

use clap::{Args, Subcommand};
use gpuaas_sdk::InstancePhase;

use super::{Named, watch};
use crate::client::change::Change;
use crate::client::{Ask, Session};
use crate::output::{self, Failure};

/// What can be asked of a workload.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ends an app instance and keeps it.
    Stop(Asked),
    /// Lets an app instance run again.
    Start(Asked),
    /// Ends an app instance and lets it run again.
    Restart(Asked),
    /// Leaves off what is under way: a launch or a start.
    Cancel(Asked),
    /// Removes an app instance.
    Delete(Asked),
    /// Removes an app instance: the same as delete.
    Decommission(Asked),
}

/// Of which, and how.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    #[command(flatten)]
    named: Named,
    /// Wait until it is done.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    change: Change,
}

impl Ask for Command {
    async fn ask(self, session: &Session) -> Result<(), Failure> {
        let client = &session.client;
        let (Self::Stop(asked)
        | Self::Start(asked)
        | Self::Restart(asked)
        | Self::Cancel(asked)
        | Self::Delete(asked)
        | Self::Decommission(asked)) = &self;
        let ((project, id), how) = (asked.named.ids(session).await?, asked.change.mutation());
        let (answer, wanted) = match &self {
            Self::Stop(_) => (client.stop_app_instance(&project, &id, &how).await?, InstancePhase::Stopped),
            Self::Start(_) => (client.start_app_instance(&project, &id, &how).await?, InstancePhase::Running),
            Self::Restart(_) => (client.restart_app_instance(&project, &id, &how).await?, InstancePhase::Running),
            // A launch that is left off is removed, a start is stopped again.
            Self::Cancel(_) => {
                let answer = client.cancel_app_instance(&project, &id, &how).await?;
                let wanted = match answer.value.status {
                    InstancePhase::Decommissioning | InstancePhase::Decommissioned => InstancePhase::Decommissioned,
                    InstancePhase::Requested
                    | InstancePhase::Validating
                    | InstancePhase::Queued
                    | InstancePhase::Deploying
                    | InstancePhase::Running
                    | InstancePhase::Stopping
                    | InstancePhase::Stopped
                    | InstancePhase::Starting
                    | InstancePhase::Failed
                    | InstancePhase::Unknown => InstancePhase::Stopped,
                };
                (answer, wanted)
            }
            Self::Delete(_) => (client.delete_app_instance(&project, &id, &how).await?, InstancePhase::Decommissioned),
            Self::Decommission(_) => {
                (client.decommission_app_instance(&project, &id, &how).await?, InstancePhase::Decommissioned)
            }
        };
        if asked.wait && !asked.change.is_trial() {
            return watch::until(session, answer.value, wanted).await;
        }
        output::one(session.format, &answer.value)
    }
}
