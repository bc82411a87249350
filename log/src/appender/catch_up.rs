//! Reading what other processes appended, and noticing when the store no longer holds
//! what this process saw.

use super::memory::{Lost, Memory};
use crate::store::{HeadRow, LogStore, StoreError};

/// Why the memory could not be brought to the head.
#[derive(Debug)]
pub(super) enum Behind {
    /// The store could not be read.
    Store(StoreError),
    /// The store lost or changed entries.
    Lost(Lost),
}

impl From<StoreError> for Behind {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Lost> for Behind {
    fn from(lost: Lost) -> Self {
        Self::Lost(lost)
    }
}

/// Entries read at once.
const PAGE: usize = 500;

/// Brings the memory to a head.
pub(super) async fn catch_up(memory: &mut Memory, store: &dyn LogStore, to: &HeadRow) -> Result<(), Behind> {
    let (ends_at, saw) = (to.position, memory.head.position);
    if ends_at < saw {
        return Err(lost(format!("the log ends at entry {ends_at}, but this process saw entry {saw}")));
    }
    while memory.head.position < ends_at {
        let after = memory.head.position;
        let entries = store.entries(after, PAGE).await?;
        if entries.is_empty() {
            return Err(lost(format!("entry {} is missing, though the log ends at {ends_at}", after + 1)));
        }
        for stored in entries.iter().take_while(|stored| stored.position <= ends_at) {
            memory.take_in(stored)?;
        }
    }
    if memory.head.hash != to.hash {
        return Err(lost(format!("entry {ends_at} is not the one that this process saw")));
    }
    memory.head.fence = to.fence;
    Ok(())
}

fn lost(what: String) -> Behind {
    Behind::Lost(Lost(what))
}
