//! Leaves and tiles of the tree.

use std::ops::Range;

use sqlx::sqlite::{SqliteConnection, SqlitePool};

use super::failure::{at_commit, before_commit};
use crate::hash::Hash;
use crate::store::StoreError;
use crate::store::column::{hash, integer, limit as column_limit, number, tile as tile_of};
use crate::tiles::{CompleteTile, TileId, to_bytes};

pub(super) async fn leaves(pool: &SqlitePool, after: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
    sqlx::query_scalar("SELECT bytes FROM log_entries WHERE position > ? ORDER BY position LIMIT ?")
        .bind(integer(after))
        .bind(column_limit(limit))
        .fetch_all(pool)
        .await
        .map_err(before_commit)
}

pub(super) async fn tile(pool: &SqlitePool, id: TileId) -> Result<Option<CompleteTile>, StoreError> {
    let hashes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hashes FROM log_tiles WHERE level = ? AND place = ?")
        .bind(i64::from(id.level))
        .bind(integer(id.index))
        .fetch_optional(pool)
        .await
        .map_err(before_commit)?;
    hashes.map(|hashes| tile_of(id, &hashes)).transpose()
}

pub(super) async fn roots(pool: &SqlitePool, level: u8, places: Range<u64>) -> Result<Vec<(u64, Hash)>, StoreError> {
    let rows: Vec<(i64, Vec<u8>)> =
        sqlx::query_as("SELECT place, root FROM log_tiles WHERE level = ? AND place >= ? AND place < ? ORDER BY place")
            .bind(i64::from(level))
            .bind(integer(places.start))
            .bind(integer(places.end))
            .fetch_all(pool)
            .await
            .map_err(before_commit)?;
    rows.into_iter().map(|(place, root)| Ok((number(place)?, hash(&root)?))).collect()
}

/// In one transaction; the connection is of no use after an error.
pub(super) async fn put(conn: &mut SqliteConnection, tiles: &[CompleteTile]) -> Result<(), StoreError> {
    sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await.map_err(before_commit)?;
    for tile in tiles {
        sqlx::query("INSERT INTO log_tiles (level, place, root, hashes) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(i64::from(tile.id().level))
            .bind(integer(tile.id().index))
            .bind(&tile.root().0[..])
            .bind(to_bytes(tile.hashes()))
            .execute(&mut *conn)
            .await
            .map_err(before_commit)?;
    }
    sqlx::query("COMMIT").execute(&mut *conn).await.map_err(at_commit)?;
    Ok(())
}
