//! The read side against real databases: every behaviour on SQLite and on Postgres.

#![allow(clippy::unwrap_used, reason = "a test that unwraps says where it broke")]

mod answers;
mod audit;
mod cursors;
mod database;
mod deliveries;
mod heard;
mod history;
mod log;
mod queries;
mod rebuild;
mod runner;
mod servers;
mod swap;

/// Runs scenarios on both databases: `async fn sentence(database: &Database)` in the
/// module becomes the tests `sqlite::sentence` and `postgres::sentence`.
macro_rules! on_both {
    ($($scenario:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                crate::database::Database::sqlite().run(async |database| super::$scenario(database).await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                crate::database::Database::postgres().await.run(async |database| super::$scenario(database).await).await;
            })+
        }
    };
}
pub(crate) use on_both;
