//! Read-your-writes: waiting until the read models have come to a position.

use std::time::Duration;

use super::{Queries, QueryError};
use crate::resources::Resources;
use crate::store::{ReadError, ReadStore, Statement};

/// How often the database is asked whether another server moved the projection.
const ASK: Duration = Duration::from_millis(20);

impl Queries {
    /// How far the rows are that queries read.
    pub async fn position(&self) -> Result<u64, QueryError> {
        Ok(position(&self.store, Resources::NAME).await?)
    }

    /// Waits until queries see the log up to a position; [`QueryError::Behind`] if that
    /// takes longer than `at_most`.
    pub async fn wait_for(&self, wanted: u64, at_most: Duration) -> Result<(), QueryError> {
        wait(&self.store, Resources::NAME, wanted, at_most).await
    }
}

/// Waits until readers of a projection see the log up to a position.
pub(super) async fn wait(
    store: &ReadStore,
    projection: &'static str,
    wanted: u64,
    at_most: Duration,
) -> Result<(), QueryError> {
    let known = store.moved().reached(projection, wanted);
    tokio::select! {
        biased;
        () = known => Ok(()),
        asked = tokio::time::timeout(at_most, ask_for(store, projection, wanted)) => match asked {
            Ok(asked) => asked,
            Err(_) => Err(QueryError::Behind { reached: position(store, projection).await?, wanted }),
        },
    }
}

/// Another server may move the projection: asks until it has.
async fn ask_for(store: &ReadStore, projection: &'static str, wanted: u64) -> Result<(), QueryError> {
    while position(store, projection).await? < wanted {
        tokio::time::sleep(ASK).await;
    }
    Ok(())
}

/// How far the active version of a projection has come; 0 if there is none yet.
async fn position(store: &ReadStore, projection: &str) -> Result<u64, ReadError> {
    let position = Statement::new("SELECT position FROM read_projections WHERE name = ? AND stage = 'active'");
    store.row(position.value(projection)).await?.map_or(Ok(0), |row| row.number(0))
}
