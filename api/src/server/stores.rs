//! Opens the stores, and makes the log where there is none.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use gpuaas_commands::declarations;
use gpuaas_log::Log;
use gpuaas_log::appender::{AppenderOptions, Genesis};
use gpuaas_log::checkpoint::is_origin;
use gpuaas_log::log::OpenError;
use gpuaas_log::store::{LogStore, PostgresLog, PostgresOptions, SqliteLog, SqliteOptions, StoreError};
use gpuaas_projections::{ReadError, ReadStore};
use uuid::Uuid;

use super::StartError;
use super::config::{Config, Database};
use crate::keystore::KeyStore;
use crate::signing::LogKeys;

/// Makes the data directory, which only its owner enters.
pub(super) fn data_directory(path: &Path) -> Result<(), StartError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|source| StartError::Data { path: path.to_owned(), source })
}

/// Opens what the log lies in.
pub(super) async fn log_store(config: &Config) -> Result<Arc<dyn LogStore>, StartError> {
    let opened = match &config.database {
        Database::Embedded => {
            let max_bytes = config.limits.log_bytes;
            let options = SqliteOptions { max_bytes, ..SqliteOptions::new(&config.data) };
            SqliteLog::open(options).await.map(|store| Arc::new(store) as Arc<dyn LogStore>)
        }
        Database::Postgres { log, .. } => {
            PostgresLog::open(PostgresOptions::new(log)).await.map(|store| Arc::new(store) as Arc<dyn LogStore>)
        }
    };
    opened.map_err(|error| place_named(config, error.into()))
}

/// Opens the key store. Only a log that is yet to be made gets a new one: with other keys
/// than it was written with, its names could be taken again and its sealed fields not be read.
pub(super) async fn keys(config: &Config, store: &dyn LogStore) -> Result<KeyStore, StartError> {
    let directory = config.keys();
    let is_written = store.head().await?.row.position > 0;
    if let (true, Some(missing)) = (is_written, KeyStore::lacks(&directory)?) {
        return Err(StartError::KeysMissing { missing });
    }
    Ok(KeyStore::open(&directory)?)
}

/// Opens the log. The first server on an empty store makes it.
pub(super) async fn log(config: &Config, store: Arc<dyn LogStore>, keys: &Arc<KeyStore>) -> Result<Log, StartError> {
    open_log(config, store, keys).await.map_err(|error| place_named(config, error))
}

/// A data directory without room is told by its path, whichever of its files had none.
fn place_named(config: &Config, error: StartError) -> StartError {
    let is_embedded = matches!(config.database, Database::Embedded);
    let is_full = matches!(
        &error,
        StartError::Store(StoreError::Full(_))
            | StartError::Open(OpenError::Store(StoreError::Full(_)))
            | StartError::Read(ReadError::Full(_))
    );
    if !(is_embedded && is_full) {
        return error;
    }
    tracing::debug!(%error, "full");
    StartError::Data { path: config.data.clone(), source: std::io::ErrorKind::StorageFull.into() }
}

async fn open_log(config: &Config, store: Arc<dyn LogStore>, keys: &Arc<KeyStore>) -> Result<Log, StartError> {
    let options = AppenderOptions::default();
    let log = match Log::open(store.clone(), options.clone()).await {
        Err(OpenError::Empty) => {
            match Log::create(store.clone(), &genesis(config, keys)?, options.clone()).await {
                // Another server was quicker.
                Err(OpenError::NotEmpty) => Log::open(store, options).await?,
                made => return Ok(made?),
            }
        }
        opened => opened?,
    };
    log.declare(declarations::all()).await.map_err(StartError::Declare)?;
    Ok(log)
}

/// Opens the read models.
pub(super) async fn read(config: &Config) -> Result<ReadStore, StartError> {
    let opened = match &config.database {
        Database::Embedded => ReadStore::sqlite(&config.data).await,
        Database::Postgres { read, connections, .. } => ReadStore::postgres(read, *connections).await,
    };
    opened.map_err(|error| place_named(config, error.into()))
}

fn genesis(config: &Config, keys: &Arc<KeyStore>) -> Result<Genesis, StartError> {
    if !is_origin(&config.origin) {
        return Err(StartError::Origin(config.origin.clone()));
    }
    let keys = LogKeys::open(&config.origin, keys.clone(), &config.signing_keys)?;
    Ok(Genesis {
        origin: config.origin.clone(),
        log_id: Uuid::from_u128(rand::random::<u128>().max(1)),
        keys: vec![keys.first()?],
        declarations: declarations::all(),
    })
}
