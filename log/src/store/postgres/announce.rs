//! Telling other processes of a new head, beside the commits: a notification within the
//! transaction would make every commit wait for it. Many commits share one.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::follow::CHANNEL;

/// Commits within this time share a notification.
const TOGETHER: Duration = Duration::from_millis(2);

/// Announces the last position that was committed here.
pub(super) struct Announcer {
    committed: watch::Sender<u64>,
    announcing: JoinHandle<()>,
}

impl Announcer {
    pub(super) fn start(connect: PgConnectOptions) -> Self {
        let (committed, seen) = watch::channel(0);
        // A notification that is lost is made good for by the others' poll.
        let connect = connect.options([("synchronous_commit", "off")]);
        Self { committed, announcing: tokio::spawn(announce(Arc::new(connect), seen)) }
    }

    pub(super) fn committed(&self, position: u64) {
        self.committed.send_replace(position);
    }

    pub(super) fn end(&self) {
        self.announcing.abort();
    }
}

impl Drop for Announcer {
    fn drop(&mut self) {
        self.end();
    }
}

async fn announce(connect: Arc<PgConnectOptions>, mut committed: watch::Receiver<u64>) {
    let mut connection: Option<PgConnection> = None;
    while committed.changed().await.is_ok() {
        let position = *committed.borrow_and_update();
        if connection.is_none() {
            connection = connect.connect().await.ok();
        }
        if let Some(conn) = &mut connection {
            let notify = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(position.to_string());
            if notify.execute(conn).await.is_err() {
                connection = None;
            }
        }
        tokio::time::sleep(TOGETHER).await;
    }
    if let Some(conn) = connection {
        // Nothing is lost with it.
        let _ = conn.close().await;
    }
}
