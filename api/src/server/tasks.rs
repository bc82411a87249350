//! What runs beside the requests, and ends with the server.

use std::future::Future;
use std::time::Duration;

use gpuaas_log::Log;
use gpuaas_log::checkpointer::{Checkpointer, CheckpointerError};
use gpuaas_projections::ReadStore;
use gpuaas_projections::resources::Resources;
use gpuaas_projections::runner::Runner;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::config::{Config, Role};
use super::health::Health;
use super::{StartError, policies, stores};
use crate::app::Shared;
use crate::gateway;
use crate::keystore::KeyStore;

/// How often counted denials are recorded.
const DENIALS: Duration = Duration::from_secs(60);

/// The tasks of a server.
pub(super) struct Tasks {
    tracker: TaskTracker,
    closing: CancellationToken,
}

impl Tasks {
    pub(super) fn new(closing: CancellationToken) -> Self {
        Self { tracker: TaskTracker::new(), closing }
    }

    /// Runs until it ends by itself.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// Runs until the server ends; what it was doing then was not done.
    pub(super) fn spawn_until_closing(&self, task: impl Future<Output = ()> + Send + 'static) {
        let closing = self.closing.clone();
        self.tracker.spawn(async move {
            tokio::select! {
                () = closing.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Starts what the configured roles need, and says how they are to be asked how they are.
    pub(super) fn start_roles(
        &mut self,
        config: &Config,
        app: &Shared,
        log: &Log,
        read: &ReadStore,
        keys: &KeyStore,
    ) -> Health {
        let engine = app.engine.clone();
        self.spawn_until_closing(async move { engine.follow().await });
        let feed = app.feed.clone();
        self.spawn_until_closing(async move { feed.follow().await });
        let engine = app.engine.clone();
        self.spawn_until_closing(async move { record_denials(engine).await });
        self.spawn_until_closing(gateway::follow(app.clone()));
        self.spawn_until_closing(gateway::sweep(app.clone()));
        let server = Uuid::from_u128(rand::random());
        let runner = Runner::new(log.clone(), read.clone(), Resources::default(), server);
        let mut statuses = Vec::new();
        if config.roles.contains(&Role::Projections) {
            statuses.push(runner.status());
            self.spawn_until_closing(runner.run());
        }
        if config.roles.contains(&Role::Checkpointer) {
            let signs = checkpoints(config, log.clone(), keys);
            self.spawn_until_closing(async move {
                if let Err(error) = signs.await {
                    tracing::error!(%error, "no checkpoints are signed any more");
                }
            });
        }
        let mut policies = Vec::new();
        if config.roles.contains(&Role::Policies) {
            policies = policies::start(self, &app.engine, read, &config.images, &app.world);
        }
        Health::new(log.clone(), read.clone(), statuses, policies)
    }

    /// Waits for all of them to end.
    pub(super) async fn end(self) {
        self.tracker.close();
        self.tracker.wait().await;
    }
}

async fn record_denials(engine: gpuaas_commands::Engine) {
    let mut minutes = tokio::time::interval(DENIALS);
    loop {
        minutes.tick().await;
        let trace = rand::random::<u128>().max(1).to_be_bytes();
        if let Err(refusal) = engine.flush_denials(trace, false).await {
            tracing::warn!(%refusal, "denials that were counted could not be recorded");
        }
    }
}

fn checkpoints(
    config: &Config,
    log: Log,
    keys: &KeyStore,
) -> impl Future<Output = Result<(), StartError>> + Send + use<> {
    let signer = stores::signer(log.origin(), keys);
    let (file, every) = (config.data.join("checkpoint"), config.checkpoint_every);
    async move {
        let checkpointer = Checkpointer::open(log, vec![signer?], file).await?;
        let ended: CheckpointerError = checkpointer.run(every).await;
        Err(ended.into())
    }
}
