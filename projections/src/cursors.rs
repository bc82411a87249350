//! The saved places of consumers that keep no rows here, such as policies.
//!
//! Several servers may move the same cursor: only one move from the same place wins.

use crate::store::{ReadError, ReadStore, Statement};

/// The saved places, by consumer.
#[derive(Clone)]
pub struct Cursors {
    store: ReadStore,
}

impl Cursors {
    /// Those in a database.
    #[must_use]
    pub fn new(store: ReadStore) -> Self {
        Self { store }
    }

    /// The last position that a consumer is done with; `None`: it never saved one.
    pub async fn get(&self, name: &str) -> Result<Option<u64>, ReadError> {
        let place = Statement::new("SELECT position FROM read_cursors WHERE name = ?").value(name);
        self.store.row(place).await?.map(|row| row.number(0)).transpose()
    }

    /// Moves a cursor, if it stands where `expected` says. Says whether it did.
    pub async fn compare_and_set(&self, name: &str, expected: Option<u64>, position: u64) -> Result<bool, ReadError> {
        let save = match expected {
            None => Statement::new("INSERT INTO read_cursors (name, position) VALUES (?, ?) ON CONFLICT DO NOTHING")
                .value(name)
                .value(position),
            Some(expected) => Statement::new("UPDATE read_cursors SET position = ? WHERE name = ? AND position = ?")
                .value(position)
                .value(name)
                .value(expected),
        };
        Ok(self.store.execute(save).await? == 1)
    }
}
