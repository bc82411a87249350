//! Noticing what other processes append: a notification after their commits, and a slow
//! poll in case one is lost.

use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{BoxStream, unfold};
use sqlx::postgres::{PgListener, PgPool};

use super::read;

/// The channel on which heads are announced.
pub(super) const CHANNEL: &str = "log_head";
const POLL: Duration = Duration::from_secs(1);

/// Positions of the head as others move it.
pub(super) fn follow(pool: PgPool) -> BoxStream<'static, u64> {
    unfold((pool, None), |(pool, mut listener)| async move {
        loop {
            if let Some(position) = next(&pool, &mut listener).await {
                return Some((position, (pool, listener)));
            }
        }
    })
    .boxed()
}

async fn next(pool: &PgPool, listener: &mut Option<PgListener>) -> Option<u64> {
    if listener.is_none() {
        *listener = listen(pool).await;
    }
    let Some(listening) = listener else {
        tokio::time::sleep(POLL).await;
        return None;
    };
    match tokio::time::timeout(POLL, listening.recv()).await {
        Ok(Ok(notification)) => notification.payload().parse().ok(),
        Ok(Err(_)) => {
            *listener = None;
            None
        }
        Err(_) => poll(pool).await,
    }
}

async fn listen(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(CHANNEL).await.ok()?;
    Some(listener)
}

async fn poll(pool: &PgPool) -> Option<u64> {
    let mut conn = pool.acquire().await.ok()?;
    read::head(&mut conn, read::PLAINLY).await.ok().map(|head| head.row.position)
}
