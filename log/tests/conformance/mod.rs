//! One suite, run on both stores: whatever is true of a log is true wherever it is kept.

mod checkpointing;
mod clocks;
mod conflicts;
mod duplicates;
mod invalid;
mod large;
mod moving;
mod place;
mod plain;
mod postgres_only;
mod rebuilding;
mod receipts;
mod restoring;
mod sqlite_only;
mod tiling;
mod witnessing;
mod world;

/// Makes a test on each store of every case: an async function of a [`place::Place`].
macro_rules! on_both_stores {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $case() {
                super::$case(&$crate::conformance::place::SqlitePlace::new()).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $case() {
                let place = $crate::conformance::place::PostgresPlace::new().await;
                super::$case(&place).await;
                place.remove().await;
            })+
        }
    };
}
use on_both_stores;
