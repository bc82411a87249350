//! What runs beside the requests, and ends with the server.

use std::future::Future;
use std::time::Duration;

use gpuaas_commands::policies::Condition;
use gpuaas_log::Log;
use gpuaas_log::checkpointer::{Checkpointer, CheckpointerError};
use gpuaas_projections::ReadStore;
use gpuaas_projections::audit::AuditTrail;
use gpuaas_projections::resources::Resources;
use gpuaas_projections::runner::Runner;
use gpuaas_relay::archive::Objects;
use gpuaas_relay::jetstream::Publisher;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::config::{Config, Database, Role};
use super::health::Health;
use super::{StartError, archive, policies};
use crate::app::Shared;
use crate::{erasure, gateway, webhooks};

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
        objects: Option<Objects>,
    ) -> Health {
        let engine = app.engine.clone();
        self.spawn_until_closing(async move { engine.follow().await });
        let feed = app.feed.clone();
        self.spawn_until_closing(async move { feed.follow().await });
        let engine = app.engine.clone();
        self.spawn_until_closing(async move { record_denials(engine).await });
        self.spawn_until_closing(gateway::follow(app.clone()));
        self.spawn_until_closing(gateway::sweep(app.clone()));
        let (condition, asked) = watch::channel(Condition::Running);
        self.spawn_until_closing(erasure::follow(app.clone(), condition));
        let mut policies = vec![(erasure::NAME, asked)];
        let server = Uuid::from_u128(rand::random());
        let mut statuses = Vec::new();
        if config.roles.contains(&Role::Projections) {
            for runner in [
                Runner::new(log.clone(), read.clone(), Resources::default(), server),
                Runner::new(log.clone(), read.clone(), AuditTrail::default(), server),
            ] {
                statuses.push(runner.status());
                self.spawn_until_closing(runner.run());
            }
        }
        if config.roles.contains(&Role::Checkpointer) {
            let signs = checkpoints(config, app.clone());
            self.spawn_until_closing(async move {
                if let Err(error) = signs.await {
                    tracing::error!(%error, "no checkpoints are signed any more");
                }
            });
        }
        if config.roles.contains(&Role::Policies) {
            policies.extend(policies::start(self, &app.engine, read, &config.images, &app.world));
            let holder = match config.database {
                // Nobody else can hold anything: after a restart there is nothing to wait for.
                Database::Embedded => Uuid::nil(),
                Database::Postgres { .. } => server,
            };
            self.spawn_until_closing(webhooks::run(app.clone(), read.clone(), config.webhooks.clone(), holder));
        }
        let mut mirror = None;
        if let (true, Some(settings)) = (config.roles.contains(&Role::Relay), &config.mirror) {
            let publisher = Publisher::new(log.clone(), app.feed.clone(), settings.clone());
            mirror = Some(publisher.status());
            self.spawn_until_closing(publisher.run());
        }
        let archived = objects.map(|objects| archive::start(self, config, log.clone(), objects));
        Health::new(log.clone(), read.clone(), statuses, policies, app.witnesses.clone(), mirror, archived)
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

/// Signs checkpoints, and has them cosigned beside that.
fn checkpoints(config: &Config, app: Shared) -> impl Future<Output = Result<(), StartError>> + Send + use<> {
    let (file, every, patience) = (config.data.join("checkpoint"), config.checkpoint_every, config.limits.witness);
    async move {
        let log = app.engine.log().clone();
        let checkpointer = Checkpointer::open(log.clone(), app.log_keys.clone(), file).await?;
        // Tasks of their own, which end with this one: signing waits for none of them.
        let mut fed = JoinSet::new();
        for feeder in app.witnesses.feeders(&log, &checkpointer.published(), patience) {
            fed.spawn(feeder);
        }
        let ended: CheckpointerError = checkpointer.run(every).await;
        Err(ended.into())
    }
}
