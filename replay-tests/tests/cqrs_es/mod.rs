//! cqrs-es aggregates on our log, to the behaviours that cqrs-es asks of a repository, on
//! both stores.

mod account;
mod behaviours;
mod on_postgres;
mod on_sqlite;
mod snapshots;
mod world;
