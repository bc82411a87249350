//! A person who was erased is in no file any more: not in the databases and their write-ahead
//! logs, not in the key store, not in what the servers wrote of themselves, not in exports,
//! and not in a backup of the log that is older than the erasure.
//!
//! What is searched for is in [`needles`]; [`search`] shows that it would be found.

mod needles;
mod on_postgres;
mod on_sqlite;
mod search;
mod story;
