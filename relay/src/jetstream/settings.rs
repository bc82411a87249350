//! Where NATS is, and how it is spoken to.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::{self, Context};
use async_nats::{ConnectOptions, ServerAddr};
use tokio::sync::Notify;

use super::error::{MirrorError, nats};

/// Longest wait for an answer.
const ANSWER: Duration = Duration::from_secs(5);
/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// What the mirror is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Servers of one NATS, separated by commas: `nats://host:port` or `tls://host:port`.
    pub url: String,
    /// A file with credentials of a NATS user (JWT and seed).
    pub credentials: Option<PathBuf>,
    /// Servers of a cluster that keep each stream.
    pub replicas: usize,
    /// How often the ends of the streams are looked at, and how long a broken connection rests.
    pub check_every: Duration,
    /// How often the whole mirror is compared with the log. Once at each start, too.
    pub audit_every: Duration,
}

impl Settings {
    /// A NATS without login, on one server.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            credentials: None,
            replicas: 1,
            check_every: Duration::from_secs(5),
            audit_every: Duration::from_secs(3_600),
        }
    }

    /// The servers; an error that names none of their passwords.
    pub fn servers(&self) -> Result<Vec<ServerAddr>, MirrorError> {
        let parsed = self.url.split(',').map(|url| url.trim().parse()).collect::<Result<Vec<ServerAddr>, _>>();
        parsed.map_err(|_| MirrorError::Nats("the URL is not one: use nats://HOST:PORT or tls://HOST:PORT".to_owned()))
    }

    /// Connects. Somebody is told when the connection breaks.
    pub(super) async fn connect(&self, broken: Arc<Notify>) -> Result<Context, MirrorError> {
        let options = ConnectOptions::new().name("gpuaas").connection_timeout(CONNECT).request_timeout(Some(ANSWER));
        let mut options = options.event_callback(move |event| {
            if matches!(event, async_nats::Event::Disconnected | async_nats::Event::Closed) {
                broken.notify_one();
            }
            std::future::ready(())
        });
        if let Some(credentials) = &self.credentials {
            options = options.credentials_file(credentials).await.map_err(nats)?;
        }
        let client = options.connect(self.servers()?).await.map_err(nats)?;
        let mut context = jetstream::new(client);
        context.set_timeout(ANSWER);
        Ok(context)
    }
}
