//! The time of this process, as a parameter.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since the Unix epoch, UTC.
pub type Now = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Most that the log's last entry may be ahead of now, in microseconds.
pub const MAX_AHEAD: u64 = 5_000_000;

/// The machine's clock.
#[must_use]
pub fn system_clock() -> Now {
    Arc::new(|| {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX)
    })
}

/// Whether the clock of the process may be trusted against the store's and the log's
/// last entry; if not, why, for people.
pub(super) fn check(now: u64, store: u64, last_entry: u64) -> Result<(), String> {
    if now.abs_diff(store) > crate::store::MAX_CLOCK_DIFFERENCE {
        return Err(format!(
            "this machine's clock and the store's are {} ms apart: set them by the same time server",
            now.abs_diff(store) / 1000
        ));
    }
    check_ahead(now, last_entry)
}

/// The part of [`check`] that needs no store.
pub(super) fn check_ahead(now: u64, last_entry: u64) -> Result<(), String> {
    if last_entry > now + MAX_AHEAD {
        return Err(format!(
            "the log's last entry is {} ms ahead of this machine's clock: set the clock, or wait",
            (last_entry - now) / 1000
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_two_seconds_off_or_five_behind_the_log_is_not_trusted() {
        let now = 1_000_000_000;
        assert!(check(now, now + 2_000_000, now + 5_000_000).is_ok());
        assert!(check(now, now - 2_000_001, now).is_err());
        assert!(check(now, now + 2_000_001, now).is_err());
        assert!(check(now, now, now + 5_000_001).is_err());
    }
}
