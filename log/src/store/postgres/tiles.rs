//! Leaves and tiles of the tree.

use std::ops::Range;

use sqlx::postgres::PgPool;

use super::failure::before_commit;
use crate::hash::Hash;
use crate::store::StoreError;
use crate::store::column::{hash, integer, limit as column_limit, number, tile as tile_of};
use crate::tiles::{CompleteTile, TileId, to_bytes};

pub(super) async fn leaves(pool: &PgPool, after: u64, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
    sqlx::query_scalar("SELECT bytes FROM log_entries WHERE position > $1 ORDER BY position LIMIT $2")
        .bind(integer(after))
        .bind(column_limit(limit))
        .fetch_all(pool)
        .await
        .map_err(before_commit)
}

pub(super) async fn tile(pool: &PgPool, id: TileId) -> Result<Option<CompleteTile>, StoreError> {
    let hashes: Option<Vec<u8>> = sqlx::query_scalar("SELECT hashes FROM log_tiles WHERE level = $1 AND place = $2")
        .bind(i16::from(id.level))
        .bind(integer(id.index))
        .fetch_optional(pool)
        .await
        .map_err(before_commit)?;
    hashes.map(|hashes| tile_of(id, &hashes)).transpose()
}

pub(super) async fn roots(pool: &PgPool, level: u8, places: Range<u64>) -> Result<Vec<(u64, Hash)>, StoreError> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT place, root FROM log_tiles WHERE level = $1 AND place >= $2 AND place < $3 ORDER BY place",
    )
    .bind(i16::from(level))
    .bind(integer(places.start))
    .bind(integer(places.end))
    .fetch_all(pool)
    .await
    .map_err(before_commit)?;
    rows.into_iter().map(|(place, root)| Ok((number(place)?, hash(&root)?))).collect()
}

/// In one statement; written again, it changes nothing.
pub(super) async fn put(pool: &PgPool, tiles: &[CompleteTile]) -> Result<(), StoreError> {
    let levels: Vec<i16> = tiles.iter().map(|tile| i16::from(tile.id().level)).collect();
    let places: Vec<i64> = tiles.iter().map(|tile| integer(tile.id().index)).collect();
    let roots: Vec<Vec<u8>> = tiles.iter().map(|tile| tile.root().0.to_vec()).collect();
    let hashes: Vec<Vec<u8>> = tiles.iter().map(|tile| to_bytes(tile.hashes())).collect();
    sqlx::query(
        "INSERT INTO log_tiles (level, place, root, hashes) \
         SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::bytea[], $4::bytea[]) ON CONFLICT DO NOTHING",
    )
    .bind(levels)
    .bind(places)
    .bind(roots)
    .bind(hashes)
    .execute(pool)
    .await
    .map_err(before_commit)?;
    Ok(())
}
