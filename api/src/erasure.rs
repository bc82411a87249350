//! Destroys the keys of erased persons, as the log has them.
//!
//! The entry comes first and the key second. A crash in between leaves a person whose
//! account is erased for everybody and whose key is destroyed at the next start; the other
//! way around it would leave a person whom nobody can read and whom nothing calls erased.
//! Every server does it in its own key store, or all in the one that they share: to do it
//! once more changes nothing.

use std::time::Duration;

use gpuaas_commands::Refusal;
use gpuaas_commands::policies::Condition;
use gpuaas_domain::EventSet as _;
use gpuaas_domain::user::{Erased, Event};
use gpuaas_log::entry::StoredEntry;
use tokio::sync::watch;
use uuid::Uuid;

use crate::app::Shared;

/// What it is called where a server says how it is.
pub(crate) const NAME: &str = "erasure";
/// Entries read at a time.
const PAGE: usize = 1_000;
/// Entries without an erasure after which the place is kept all the same.
const IDLE_ENTRIES: u64 = 10_000;
/// How long to wait when the log or the key store fails.
const RETRY: Duration = Duration::from_secs(1);

/// Follows the log for as long as it is polled, and says how that goes.
pub(crate) async fn follow(app: Shared, condition: watch::Sender<Condition>) {
    let (log, mut head) = (app.engine.log(), app.engine.log().head());
    let mut place = Place { kept: 0, done: 0 };
    let mut begun = false;
    loop {
        head.borrow_and_update();
        let gone_on = match begun {
            false => begin(&app).await.map(|kept| place = Place { kept, done: kept }).map(|()| true),
            true => go_on(&app, &mut place).await,
        };
        begun |= gone_on.is_ok();
        match gone_on {
            Ok(true) => {
                condition.send_if_modified(|was| std::mem::replace(was, Condition::Running) != Condition::Running);
            }
            Ok(false) => {
                if head.changed().await.is_err() {
                    return;
                }
            }
            Err(refusal) => {
                tracing::error!(%refusal, log = %log.origin(), position = place.done + 1, "a key cannot be destroyed yet");
                condition.send_replace(Condition::Waiting { position: place.done + 1, reason: refusal.message });
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// Where it stands.
struct Place {
    /// By the key store.
    kept: u64,
    /// The last entry that was looked at.
    done: u64,
}

/// Where to begin. A log that ends before the kept place was restored: it is looked at anew.
async fn begin(app: &Shared) -> Result<u64, Refusal> {
    let log = app.engine.log();
    let kept = app.world.erased_through(log.log_id()).await?;
    Ok(if kept > *log.head().borrow() { 0 } else { kept })
}

/// Looks at the next entries, and says whether there were any.
async fn go_on(app: &Shared, place: &mut Place) -> Result<bool, Refusal> {
    let log = app.engine.log();
    let page = log.news(place.done, PAGE).await.map_err(Refusal::internal)?;
    let mut erased = false;
    for stored in &page {
        if let Some(person) = erased_person(stored)? {
            app.world.erase(person).await?;
            erased = true;
        }
        place.done = stored.position;
    }
    if erased || place.done >= place.kept + IDLE_ENTRIES {
        app.world.set_erased_through(log.log_id(), place.done).await?;
        place.kept = place.done;
    }
    Ok(!page.is_empty())
}

/// Whose erasure an entry is. One that cannot be read is not passed over: it may be one.
fn erased_person(stored: &StoredEntry) -> Result<Option<Uuid>, Refusal> {
    let entry = stored.entry().map_err(Refusal::internal)?;
    Ok((entry.event == Event::Erased(Erased {}).name()).then_some(entry.stream.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_cannot_be_read_is_not_passed_over() {
        let damaged = StoredEntry { position: 7, bytes: (*b"no entry").into(), body: None };
        assert!(erased_person(&damaged).is_err());
    }
}
