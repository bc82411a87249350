//! A version of a projection as it stands in the database: its stage and how far it
//! has come.
//!
//! | stage | becomes | when |
//! |---|---|---|
//! | building | active | it has caught up; the one that was active is retired in the same transaction |
//! | active | retired | a higher version has caught up |
//! | retired | – | its rows are removed, then it |
//!
//! The first version of a projection is active at once: its readers have nothing else.
//! A lower version than the highest there is never begins again.

use gpuaas_log::hash::Hash;
use uuid::Uuid;

use crate::store::{ReadError, ReadStore, Row, Statement, Transaction};

/// Who uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Building,
    Active,
    Retired,
}

impl Stage {
    fn parse(word: &str) -> Result<Self, ReadError> {
        match word {
            "building" => Ok(Self::Building),
            "active" => Ok(Self::Active),
            "retired" => Ok(Self::Retired),
            other => Err(ReadError::Damaged(format!("a projection that is {other}"))),
        }
    }
}

/// A version of a projection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Build {
    pub(super) name: &'static str,
    pub(super) version: u32,
    pub(super) stage: Stage,
    /// The last entry applied; 0 before the first.
    pub(super) position: u64,
    /// Its hash; zeros before the first.
    pub(super) hash: Hash,
    /// The server that moved it last.
    pub(super) holder: Option<Uuid>,
}

impl Build {
    /// Finds a version, or begins it; `None` if a higher one makes it needless.
    pub(super) async fn open(store: &ReadStore, name: &'static str, version: u32) -> Result<Option<Self>, ReadError> {
        if let Some(build) = Self::find(store, name, version).await? {
            return Ok(Some(build));
        }
        let begin = Statement::new(
            "INSERT INTO read_projections (name, version, stage, position, hash) \
             SELECT ?, ?, CASE WHEN EXISTS (SELECT 1 FROM read_projections WHERE name = ?) THEN 'building' \
             ELSE 'active' END, 0, ? \
             WHERE NOT EXISTS (SELECT 1 FROM read_projections WHERE name = ? AND version > ?) ON CONFLICT DO NOTHING",
        )
        .value(name)
        .value(version)
        .value(name)
        .value(Hash::ZERO.0.to_vec())
        .value(name)
        .value(version);
        store.execute(begin).await?;
        match Self::find(store, name, version).await? {
            Some(build) => Ok(Some(build)),
            None if highest(store, name).await? > Some(version.into()) => Ok(None),
            None => Err(ReadError::Unavailable(format!("another server is beginning {name} at this moment"))),
        }
    }

    async fn find(store: &ReadStore, name: &'static str, version: u32) -> Result<Option<Self>, ReadError> {
        let find =
            Statement::new("SELECT stage, position, hash, holder FROM read_projections WHERE name = ? AND version = ?")
                .value(name)
                .value(version);
        store.row(find).await?.map(|row| Self::read(name, version, &row)).transpose()
    }

    fn read(name: &'static str, version: u32, row: &Row) -> Result<Self, ReadError> {
        let hash: Vec<u8> = row.get(2)?;
        Ok(Self {
            name,
            version,
            stage: Stage::parse(&row.get::<String>(0)?)?,
            position: row.number(1)?,
            hash: Hash::from_slice(&hash).ok_or_else(|| ReadError::Damaged("a hash of another size".into()))?,
            holder: row.get(3)?,
        })
    }

    /// Moves from where this stands. False if another server did, or it is retired: then
    /// the transaction must not be committed.
    pub(super) async fn advance(&self, rows: &mut Transaction, to: &Self) -> Result<bool, ReadError> {
        let advance = Statement::new(
            "UPDATE read_projections SET position = ?, hash = ?, holder = ? \
             WHERE name = ? AND version = ? AND position = ? AND stage <> 'retired'",
        )
        .value(to.position)
        .value(to.hash.0.to_vec())
        .value(to.holder)
        .value(self.name)
        .value(self.version)
        .value(self.position);
        Ok(rows.execute(advance).await? == 1)
    }

    /// Swaps this in for the active version, if it has come as far. Says whether it did.
    pub(super) async fn promote(&self, store: &ReadStore) -> Result<bool, ReadError> {
        let mut rows = store.begin().await?;
        let retire = Statement::new(
            "UPDATE read_projections SET stage = 'retired' \
             WHERE name = ? AND version < ? AND stage = 'active' AND position <= ?",
        );
        if rows.execute(retire.value(self.name).value(self.version).value(self.position)).await? == 0 {
            return Ok(false);
        }
        let promote = Statement::new(
            "UPDATE read_projections SET stage = 'active' \
             WHERE name = ? AND version = ? AND position = ? AND stage = 'building'",
        );
        if rows.execute(promote.value(self.name).value(self.version).value(self.position)).await? == 0 {
            return Ok(false);
        }
        let retire = Statement::new(
            "UPDATE read_projections SET stage = 'retired' WHERE name = ? AND version < ? AND stage = 'building'",
        );
        rows.execute(retire.value(self.name).value(self.version)).await?;
        rows.commit().await?;
        Ok(true)
    }
}

async fn highest(store: &ReadStore, name: &str) -> Result<Option<u64>, ReadError> {
    let highest = Statement::new("SELECT version FROM read_projections WHERE name = ? ORDER BY version DESC LIMIT 1");
    store.row(highest.value(name)).await?.map(|row| row.number(0)).transpose()
}

/// The versions of a projection that nobody reads any more.
pub(super) async fn retired(store: &ReadStore, name: &str) -> Result<Vec<u32>, ReadError> {
    let retired =
        Statement::new("SELECT version FROM read_projections WHERE name = ? AND stage = 'retired'").value(name);
    let versions = store.rows(retired).await?;
    versions.iter().map(|row| version(row.number(0)?)).collect()
}

/// Removes a retired version whose rows are gone.
pub(super) async fn remove(rows: &mut Transaction, name: &str, version: u32) -> Result<(), ReadError> {
    for remove in [
        "DELETE FROM read_parked WHERE name = ? AND version = ?",
        "DELETE FROM read_projections WHERE name = ? AND version = ? AND stage = 'retired'",
    ] {
        rows.execute(Statement::new(remove).value(name).value(version)).await?;
    }
    Ok(())
}

pub(super) fn version(number: u64) -> Result<u32, ReadError> {
    u32::try_from(number).map_err(|_| ReadError::Damaged("a version beyond its size".into()))
}
